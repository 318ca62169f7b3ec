package settings

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
)

// oceansFiles are the files from which Ocean reads settings, in the folder that it is started in,
// with a pattern that recognizes Ocean's files of that name.
var oceansFiles = []struct {
	name string
	its  *regexp.Regexp
}{
	{"config.yaml", regexp.MustCompile(`(?m)^(integration|port|event_?[lL]istener|initialize_?[pP]ort_?[rR]esources)\s*:`)},
	{".env", regexp.MustCompile(`(?mi)^\s*(export\s+)?(OCEAN__|APPLICATION__)`)},
}

// Files returns a remark for each file of settings that Ocean would read and that is not
// read here. It looks into the folder in which Ocean's container starts, where people
// mount such files, and into this process's own. Folders are paths in root.
func Files(root fs.FS, folder string) (remarks []string) {
	for _, where := range slices.Compact([]string{"app", folder}) {
		for _, file := range oceansFiles {
			name := path.Join(where, file.name)
			if text, err := fs.ReadFile(root, name); err == nil && file.its.Match(text) {
				remarks = append(remarks, fmt.Sprintf("/%s is not read: settings come from the environment only; "+
					"set them as variables, such as OCEAN__INTEGRATION__IDENTIFIER", name))
			}
		}
	}
	return remarks
}
