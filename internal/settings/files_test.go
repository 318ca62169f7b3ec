package settings_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/settings"
)

// TestFiles: a warning says that the files which Ocean reads are not read. Files of the same
// names that belong to other programs are ignored.
func TestFiles(t *testing.T) {
	t.Parallel()
	const rest = " is not read: settings come from the environment only; set them as variables, such as OCEAN__INTEGRATION__IDENTIFIER"
	tests := map[string]struct {
		files  map[string]string
		folder string
		want   []string
	}{
		"none":                  {nil, "srv", nil},
		"mounted as for Ocean":  {map[string]string{"app/config.yaml": "port:\n  clientId: x\nintegration:\n  type: aws-v3\n"}, "", []string{"/app/config.yaml" + rest}},
		"beside the process":    {map[string]string{"srv/config.yaml": "eventListener: {type: ONCE}\n"}, "srv", []string{"/srv/config.yaml" + rest}},
		"in the root":           {map[string]string{"config.yaml": "initializePortResources: true\n"}, ".", []string{"/config.yaml" + rest}},
		"said once":             {map[string]string{"app/config.yaml": "integration:\n"}, "app", []string{"/app/config.yaml" + rest}},
		"variables in a file":   {map[string]string{"srv/.env": "# Ocean\nexport OCEAN__PORT__CLIENT_ID=x\n"}, "srv", []string{"/srv/.env" + rest}},
		"another's config.yaml": {map[string]string{"srv/config.yaml": "server:\n  port: 80\n"}, "srv", nil},
		"another's .env":        {map[string]string{"srv/.env": "AWS_PROFILE=dev\n"}, "srv", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := fstest.MapFS{}
			for path, text := range test.files {
				root[path] = &fstest.MapFile{Data: []byte(text)}
			}
			if diff := cmp.Diff(test.want, settings.Files(root, test.folder)); diff != "" {
				t.Errorf("remarks (-want +got):\n%s", diff)
			}
		})
	}
}
