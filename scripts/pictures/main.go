// Pictures makes the pictures of the documentation, docs/pictures/*.png: what portolan try prints of the
// demo's estate, and the pages that it serves. It needs the built command and Chromium, which make
// pictures provides.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/chromedp/chromedp"

	"portolan/internal/simulator/awssim"
	"portolan/scripts/demo/northwind"
)

const externalID = "northwind-7d1f0c"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := pictures(ctx, filepath.Join("docs", "pictures")); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func pictures(ctx context.Context, folder string) error {
	aws, err := awssim.Start(northwind.Estate(externalID, "none"), "", awssim.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = aws.Close() }()
	// What has to do with the two faults of the demo is not what a picture is to show.
	if err := northwind.Fix(aws, externalID); err != nil {
		return err
	}
	printed, page, end, err := try(ctx, aws)
	if err != nil {
		return err
	}
	defer end()
	entity, err := related(page)
	if err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU)
	browser, cancel := chromedp.NewExecAllocator(ctx, options...)
	defer cancel()
	browser, cancel = chromedp.NewContext(browser)
	defer cancel()
	for name, shot := range map[string]struct {
		address, ready string
		height         int64
	}{
		"terminal": {terminal(printed), "pre", 0},
		"catalog":  {page, ".tile", 800},
		"entity":   {page + entity, ".chart", 800},
		"report":   {page + "report", "main", 800},
	} {
		if err := shoot(browser, filepath.Join(folder, name+".png"), shot.address, shot.ready, shot.height); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// try runs portolan try until end is called, and returns what it prints and where its page is.
func try(ctx context.Context, aws *awssim.Server) (printed, page string, end func(), err error) {
	identity, err := aws.Assume(northwind.ManagementAccount, northwind.FunctionRole, "portolan")
	if err != nil {
		return "", "", nil, err
	}
	command := exec.CommandContext(ctx, filepath.Join("build", "portolan"), "try", "--no-browser", "--port", "8080")
	command.Env = []string{
		"AWS_REGION=" + northwind.HomeRegion, "AWS_ENDPOINT_URL=" + aws.URL(),
		"AWS_ACCESS_KEY_ID=" + identity.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + identity.SecretAccessKey, "AWS_SESSION_TOKEN=" + identity.SessionToken,
		"OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN=arn:aws:iam::" + northwind.ManagementAccount + ":role/" + northwind.ReadRole,
		"OCEAN__INTEGRATION__CONFIG__EXTERNAL_ID=" + externalID, "PORTOLAN_REGIONS=" + strings.Join(northwind.Regions, ","),
	}
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		return "", "", nil, err
	}
	if err := command.Start(); err != nil {
		return "", "", nil, fmt.Errorf("%w; make pictures builds the command", err)
	}
	end = func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait() // its exit code says how much it read
	}
	address := regexp.MustCompile(`catalog +(http://\S+)`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		printed += lines.Text() + "\n"
		if found := address.FindStringSubmatch(lines.Text()); found != nil {
			page = found[1]
		}
		if strings.HasPrefix(lines.Text(), "Next: ") { // the last line
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return printed, page, end, nil
		}
	}
	end()
	return "", "", nil, errors.New("portolan try ended early: " + printed)
}

// related returns the place of a service with its relations in the catalog.
func related(page string) (string, error) {
	response, err := http.Get(page + "api/entities?blueprint=ecsService&limit=1") //nolint:noctx // it is on loopback
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	var found struct{ Entities []struct{ Identifier string } }
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil || len(found.Entities) == 0 {
		return "", fmt.Errorf("the catalog has no service: %w", err)
	}
	return "#/e/ecsService/" + url.QueryEscape(found.Entities[0].Identifier), nil
}

// terminal is a page that shows a text as a terminal does.
func terminal(printed string) string {
	return "data:text/html;charset=utf-8," + url.PathEscape(`<style>body{margin:0;background:#0d1722;width:max-content}`+
		`pre{margin:0;padding:1.4rem 1.8rem;color:#e6ecf1;font:15px/1.5 "DejaVu Sans Mono",monospace}b{color:#6cc5d6;font-weight:400}</style>`+
		`<pre><b>$</b> portolan try`+"\n"+html.EscapeString(printed)+`</pre>`)
}

// shoot opens a page in a window, which is as large as the text of the page if there is no height, and
// keeps what it shows.
func shoot(ctx context.Context, file, address, ready string, height int64) error {
	size := []int64{1280, height}
	if height == 0 {
		size = []int64{1, 1}
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(address)); err != nil {
		return err
	}
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf("document.querySelector(%q) !== null", ready))); err != nil {
		return err
	}
	if height == 0 {
		var err error
		if size, err = chromedp.Run(ctx, chromedp.Evaluate[[]int64]("[document.body.scrollWidth, document.body.scrollHeight]")); err != nil {
			return err
		}
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(size[0], size[1])); err != nil {
			return err
		}
	}
	image, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // pictures are for everybody
		return err
	}
	return os.WriteFile(file, image, 0o644) //nolint:gosec // pictures are for everybody
}
