// Package settings turns an environment into one validated value.
//
// The names are those of Ocean's aws-v3 integration, so that the environment of an existing
// installation keeps working: names under OCEAN__ in any case, objects either spread over variables
// (OCEAN__PORT__BASE_URL) or as JSON at any level (OCEAN__PORT='{"baseUrl":…}'), values of the
// integration under CONFIG or SECRETS. Settings of Ocean that have no meaning here are accepted and
// ignored, each with a warning that says why.
//
// The package decides everything that can be decided without a call: form, range, which of two
// settings wins, what is missing. It does not guess. An unknown name is an error that names the
// nearest known one: if a misspelt filter were ignored, a run would read accounts that nobody meant.
// All errors are reported at once, and none of them shows a secret's value: neither that of a secret
// setting, nor that of a setting into which people paste secrets by mistake, nor that of an unknown
// name.
//
// Parsing, suggestions and the documentation all follow from one table (see [Table]).
package settings
