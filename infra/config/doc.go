// Package config turns the CDK's context into one validated value: what an installation of
// Portolan is to be.
//
// A key has the name of the value in Port's Helm chart, if there is one (scheduledResyncInterval).
// It is set in cdk.json, on the command line (-c key=value) or in a small YAML or JSON file,
// portolan.yaml. If both set a key, the context wins, because the command line is nearer than a
// file. The CDK's own keys are left alone.
//
// The package decides which accounts are read through which roles, and everything else that can be
// decided before a template exists. It checks the function's settings with the function's own
// rules (package settings), so that a deployment cannot produce a function that refuses to start.
// It does not guess: an unknown key is an error that names the nearest known one. It reports all
// errors at once, and never shows a value into which people paste secrets. It makes no calls, and
// does not know the CDK.
//
// One table (see [Table]) says what keys there are; parsing, suggestions and the
// documentation follow from it.
package config
