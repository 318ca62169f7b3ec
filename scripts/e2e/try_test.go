//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTry looks at an account in moto with the credentials of a shell and no Port.
func TestTry(t *testing.T) {
	aws := startMoto(t)
	seedAccount(t, baseConfig(aws, regions[0]), "123456789012")
	home := t.TempDir()
	binary, err := filepath.Abs(filepath.Join("..", "..", "build", "portolan"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), binary, "try", "--no-browser", "--regions", strings.Join(regions, ","))
	command.Dir = home
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home,
		"AWS_ENDPOINT_URL=" + aws, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=" + baseKeyID, "AWS_SECRET_ACCESS_KEY=" + baseSecret,
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	url := ""
	address := regexp.MustCompile(`catalog +(http://127\.0\.0\.1:\d+/)$`)
	for lines := bufio.NewScanner(out); url == "" && lines.Scan(); {
		t.Log(lines.Text())
		if found := address.FindStringSubmatch(lines.Text()); found != nil {
			url = found[1]
		}
	}
	if url == "" {
		t.Fatalf("no address is printed: %v", command.Wait())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	want := map[string][]string{
		"s3Bucket": held(t, aws, "s3", "FakeBucket", "arn"), "ec2Instance": held(t, aws, "ec2", "Instance", "id"),
		"ecsCluster": held(t, aws, "ecs", "Cluster", "arn"), "sqsQueue": held(t, aws, "sqs", "Queue", "queue_arn"),
	}
	for blueprint, identifiers := range want {
		var found struct{ Entities []struct{ Identifier string } }
		if err := json.Unmarshal(get(t, url+"api/entities?blueprint="+blueprint), &found); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range found.Entities {
			got = append(got, e.Identifier)
		}
		slices.Sort(got)
		slices.Sort(identifiers)
		if diff := cmp.Diff(identifiers, got); diff != "" || len(got) == 0 {
			t.Errorf("%s in the catalog is not what moto holds (-moto +catalog):\n%s", blueprint, diff)
		}
	}
	for path, want := range map[string]string{"": "ui/page.js", "ui/page.js": "fetch", "report": "123456789012"} {
		if body := string(get(t, url+path)); !strings.Contains(body, want) {
			t.Errorf("/%s lacks %q", path, want)
		}
	}
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != 0 && code != 3 {
		t.Errorf("exit code %d", code)
	}
	if files, err := os.ReadDir(home); err != nil || len(files) > 0 {
		t.Errorf("it left %v, %v", files, err)
	}
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, response.Status, err)
	}
	return body
}
