// Package settings turns an environment into one validated value.
//
// The names are those of Ocean's aws-v3 integration, so that the environment of
// an installation that exists keeps working: names under OCEAN__ in any case,
// objects either spread over variables (OCEAN__PORT__BASE_URL) or as JSON at
// any level (OCEAN__PORT='{"baseUrl":…}'), values of the integration under
// CONFIG or SECRETS. Settings of Ocean that have no meaning here are accepted
// and ignored, each with a warning that says why.
//
// The package decides everything that can be decided without a call: form,
// range, which of two settings wins, what is missing. It refuses to guess. A
// name it does not know is an error that names the nearest one it does, for a
// misspelt filter that is ignored reads accounts nobody meant to read. All
// faults are reported at once, and none of them ever shows a secret's value:
// neither that of a secret setting, nor that of a setting in which people paste
// secrets by mistake, nor that of a name it does not know.
//
// One table (see [Table]) says what there is; parsing, suggestions and the
// documentation all follow from it.
package settings
