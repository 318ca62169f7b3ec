// Package config turns the CDK's context into one validated value: what an
// installation of Portolan is to be.
//
// A key is named as the value of Port's Helm chart is, where there is one
// (scheduledResyncInterval), and is written in cdk.json, on the command line
// (-c key=value) or in a small file of YAML or JSON, portolan.yaml. Where both
// name a key, the context wins, for the command line is nearer than a file. Keys
// that are the CDK's own are left alone.
//
// The package decides which accounts are read by which roles, and everything else
// that can be decided before a template exists. What a key says to the function,
// it judges with the function's own rules (package settings), so that a deployment
// cannot produce a function that refuses to start. It refuses to guess: an unknown
// key is an error that names the nearest known one. All faults are reported at
// once. It never shows a value in which people paste secrets. It calls nothing,
// and knows nothing of the CDK.
//
// One table (see [Table]) says what keys there are; parsing, suggestions and the
// documentation follow from it.
package config
