package mask

import (
	"slices"
	"strings"
	"unicode"
)

// Members that are blanked whole, because people write commands, scripts and options of any tool
// into them. The names are those of AWS's documents, and what others call the same. A kind does not
// declare such members; so one that comes later, and a member that AWS adds, fall under the rule by
// their name. testdata/members.golden shows what becomes of every member of every kind.
var (
	// blankedEnds are the last words of names, or the last two together: dockerLabels, entryPoint.
	blankedEnds = set(`command commands cmd cmds args argv arguments script scripts entrypoint entrypoints buildspec buildspecs
		appspec labels annotations opts variables envvars userdata commandline driveropts securityoptions mountoptions
		secretoptions systemcontrols hookdetails logtail userparameters hyperparameters parameteroverrides inlinecode sourcecode
		zipfile templatebody definitionstring`)

	// blankedNames are whole names, because at the end of longer ones they hold settings of AWS's own:
	// metadataOptions, linuxParameters.
	blankedNames = set(`options parameters content`)

	// flatNames are names of objects that only hold texts if the options in them are free, like those
	// of a pipeline's action, and objects if they are settings of AWS's own.
	flatNames = set(`configuration resolvedconfiguration`)

	// listNames are names that a tag may have, too, or an object of settings: only a list of them holds
	// variables.
	listNames = set(`environment environments env envs`)
)

// blankedWhole says whether a member may hold commands, scripts, labels or free options.
func blankedWhole(name string, v any) bool {
	w := words(name)
	if len(w) == 0 || len(name) > 200 {
		return false
	}
	last, whole := w[len(w)-1], strings.Join(w, "")
	object, isObject := v.(map[string]any)
	_, isList := v.([]any)
	switch {
	case whole == "outputvariables": // a list has only their names
		return isObject
	case listNames[last]:
		return isList
	case flatNames[whole]:
		return isObject && flat(object)
	case blankedNames[whole], blankedEnds[last]:
		return true
	}
	return len(w) > 1 && blankedEnds[w[len(w)-2]+last]
}

// flat says whether an object holds neither objects nor lists.
func flat(object map[string]any) bool {
	for _, v := range object {
		switch v.(type) {
		case map[string]any, []any:
			return false
		}
	}
	return true
}

// TellsSecret says whether an expression of a mapping reads a member whose name says that it is a
// secret, or one that is blanked whole. In Port its result has another name, which does not say so.
func TellsSecret(expression string) bool {
	names := strings.FieldsFunc(expression, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Contains(expression, "..") || slices.ContainsFunc(names, func(name string) bool {
		return secretName(name) || blankedWhole(name, []any(nil)) || blankedWhole(name, map[string]any(nil))
	})
}
