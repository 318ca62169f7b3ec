//go:build browser

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"portolan/internal/catalog"
	"portolan/internal/port/defaults"
	"portolan/internal/report/page"
)

// served returns the address of the page of a catalog.
func served(t *testing.T, c *catalog.Catalog, about catalog.About) string {
	t.Helper()
	l, url, err := catalog.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- catalog.Serve(ctx, l, catalog.Page(func() (*catalog.Catalog, catalog.About) { return c, about }))
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return url
}

// filled returns a catalog of every default blueprint, with thousands of functions, and with names
// that strangers chose.
func filled(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.New(defaults.All().Blueprints)
	if err != nil {
		t.Fatal(err)
	}
	put := func(blueprint string, entity map[string]any) {
		t.Helper()
		body, err := json.Marshal(entity)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Put(blueprint, body, true); err != nil {
			t.Fatal(err)
		}
	}
	type m = map[string]any
	put("awsAccount", m{"identifier": "345678901234", "title": "shop-production"})
	put("ec2Vpc", m{"identifier": "vpc-1", "title": "main", "relations": m{"account": "345678901234"}})
	long := strings.Repeat("a-very-long-name-without-any-space-", 7)
	for i := range 5000 {
		arn := fmt.Sprintf("arn:aws:lambda:eu-west-1:345678901234:function:checkout-%04d", i)
		put("lambdaFunction", m{
			"identifier": arn, "title": fmt.Sprintf("checkout-%04d", i),
			"properties": m{"runtime": "nodejs22.x", "memorySize": 512, "timeout": 30, "lastModified": "2026-01-05T06:00:00Z", "tags": []m{{"Key": "team", "Value": "shop"}}},
			"relations":  m{"account": "345678901234", "vpc": "vpc-1", "subnets": []string{"subnet-lost", "subnet-" + long}, "role": "arn:aws:iam::345678901234:role/gone"},
		})
	}
	put("s3Bucket", m{"identifier": harm, "title": harm, "properties": m{"arn": harm, "tags": []m{{"Key": harm, "Value": harm}}, harm: harm}, "relations": m{"account": harm}})
	put("s3Bucket", m{"identifier": long, "title": long, "properties": m{"arn": "arn:aws:s3:::" + long, "link": "javascript:alert(1)"}, "relations": m{"account": "345678901234"}})
	return c
}

const harm = `<img src=x onerror="document.title='harm'"><script>document.title="harm"</script>`

// TestCatalog opens the page of a catalog at each of its places, in each way.
func TestCatalog(t *testing.T) {
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	about := catalog.About{
		Name: "shop-production (345678901234)", Notes: []string{"Read 5 January 2026, 06:00 UTC with the default blueprints and mapping."},
		Report: func(w io.Writer) error { return page.Write(w, estate(8)) },
	}
	empty, err := catalog.New(defaults.Ocean().Blueprints)
	if err != nil {
		t.Fatal(err)
	}
	url, bare := served(t, filled(t), about), served(t, empty, about)
	function := "#/e/lambdaFunction/arn%3Aaws%3Alambda%3Aeu-west-1%3A345678901234%3Afunction%3Acheckout-0007"
	sizes := map[string]way{"tablet": {"light", 768, 1024, true}, "wide": {"dark", 1920, 1080, false}}
	for name, w := range ways {
		sizes[name] = w
	}
	for name, place := range map[string]struct{ address, ready string }{
		"home": {url, ".tile"}, "list": {url + "#/b/lambdaFunction", ".list"}, "hostile": {url + "#/b/s3Bucket", ".list"},
		"search": {url + "#/s?q=shop", ".list"}, "entity": {url + function, ".chart"}, "account": {url + "#/e/awsAccount/345678901234", ".chart"},
		"no-match": {url + "#/b/s3Bucket?q=nothing-has-this", ".empty"}, "unknown": {url + "#/e/s3Bucket/none", ".empty"}, "broken": {url + "#/b/%", ".empty"}, "empty": {bare, ".empty"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := open(t)
			for way, w := range sizes {
				t.Run(way, func(t *testing.T) {
					image := visit(t, ctx, place.address, place.ready, w)
					if err := os.WriteFile(filepath.Join(shots, "catalog-"+name+"-"+way+".png"), image, 0o644); err != nil {
						t.Fatal(err)
					}
				})
			}
		})
	}
}

// visit opens a place of a catalog in one way, checks it, and returns a picture of it.
func visit(t *testing.T, ctx context.Context, address, ready string, w way) []byte {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	said := &complaints{}
	origin, _, _ := strings.Cut(address, "#")
	hear := func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok && strings.HasPrefix(e.Request.URL, origin) {
			return
		}
		if e, ok := event.(*log.EventEntryAdded); ok && strings.HasSuffix(address, "/none") && strings.Contains(e.Entry.Text, "404") {
			return
		}
		said.hear(event)
	}
	if err := chromedp.Listen(ctx, hear); err != nil {
		t.Fatal(err)
	}
	var options []chromedp.EmulateViewportOption
	if w.phone {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	scheme := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: w.scheme}}}
	if err := chromedp.Do(ctx,
		command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}),
		chromedp.EmulateViewport(w.width, w.height, options...), command(emulation.SetEmulatedMedia, scheme),
		chromedp.Navigate("about:blank"), chromedp.Navigate(address),
	); err != nil {
		t.Fatal(err)
	}
	shows(t, ctx, fmt.Sprintf("document.querySelector(%q) !== null", ready))
	found := ask[findings](t, ctx, strings.Replace(look, "script,.hidden", "script,.hidden,.skip,[aria-hidden]", 1))
	if ready == ".empty" && found.Texts >= 3 {
		found.Texts = max(found.Texts, 10) // there is little to look at
	}
	found.check(t, w.width)
	if title := ask[string](t, ctx, "document.title"); title == "harm" || !strings.HasSuffix(title, "· Portolan") {
		t.Errorf("the title is %q", title)
	}
	for _, cut := range ask[[]string](t, ctx, cutTexts) {
		t.Errorf("cut: %s", cut)
	}
	for _, bad := range ask[[]string](t, ctx, `[...document.querySelectorAll("main a")].map(a => a.href).filter(h => !/^https?:/.test(h))`) {
		t.Errorf("a link to %s", bad)
	}
	image, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	said.mu.Lock()
	defer said.mu.Unlock()
	for _, complaint := range said.said {
		t.Error(complaint)
	}
	return image
}

// shows waits until something is so in the page.
func shows(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); ; <-tick.C {
		so, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)) // fails while another page comes
		if err == nil && so {
			return
		}
		if time.Now().After(end) {
			at, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("location.hash + ' ' + document.activeElement.outerHTML + ' ' + document.body.innerText"))
			t.Fatalf("not %s: %v: %.500s", expression, err, at)
		}
	}
}

// cutTexts are what is cut off without a way to see the rest: neither scrolled to nor in the title.
const cutTexts = `[...document.body.querySelectorAll("main *, header *")].filter(e => {
  const style = getComputedStyle(e);
  return e.scrollWidth > e.clientWidth + 1 && style.overflowX === "hidden" && style.textOverflow !== "ellipsis" && e.checkVisibility();
}).map(e => e.tagName + "." + e.className + " " + e.textContent.slice(0, 30))`

// TestCatalogByKeyboard searches, walks along a relation and back, and turns pages, without a mouse.
func TestCatalogByKeyboard(t *testing.T) {
	ctx := open(t)
	url := served(t, filled(t), catalog.About{Name: "shop"})
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	until := func(expression string) {
		t.Helper()
		shows(t, ctx, expression)
	}
	do(chromedp.EmulateViewport(1360, 900), chromedp.Navigate(url))
	until(`document.querySelector(".tile") !== null`)
	do(chromedp.KeyEvent("/"))
	until(`document.activeElement.id === "search"`)
	// The driver sends the character of a key by itself, also where the page has taken the key.
	do(chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent("checkout-0042"))
	until(`document.querySelectorAll(".list tbody tr").length === 1`)
	do(chromedp.Focus(".list tbody a"), chromedp.KeyEvent(kb.Enter))
	until(`document.querySelector("h1")?.textContent === "checkout-0042"`)
	until(`document.activeElement.id === "main"`)
	do(chromedp.Focus(`.side.to a[title="vpc-1"]`), chromedp.KeyEvent(kb.Enter))
	until(`document.querySelector("h1")?.textContent === "main"`)
	until(`document.querySelectorAll(".side.from .links a").length === 101`)
	do(chromedp.Focus(".side.from .links a:last-child"), chromedp.KeyEvent(kb.Enter))
	until(`document.querySelectorAll(".list tbody tr").length === 50`)
	until(`document.querySelector(".tools").textContent === "5,000 entities"`)
	do(chromedp.Focus(".pager a"), chromedp.KeyEvent(kb.Enter))
	until(`document.querySelector(".pager span").textContent === "51–100"`)
	do(chromedp.Focus("#filter"), chromedp.KeyEvent(kb.End), chromedp.KeyEvent(" 0007"))
	until(`document.querySelectorAll(".list tbody tr").length === 1`)
	until(`document.activeElement.id === "filter"`)
	do(chromedp.Focus(".list tbody a"), chromedp.KeyEvent(kb.Enter))
	until(`document.querySelector("h1")?.textContent === "checkout-0007"`)
	until(`document.querySelectorAll(".link.absent").length >= 2`)
}
