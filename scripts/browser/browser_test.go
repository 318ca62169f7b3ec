//go:build browser

package browser

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"portolan/internal/report"
	"portolan/internal/report/page"
)

// shots is where what the browser shows is kept.
const shots = "../../build/browser"

// open starts a browser for the test.
func open(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true),
	)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium, which make browser looks for: %v", err)
	}
	return ctx
}

// complaints are what the browser reports about a page and should not: errors in the
// console, violations of the policy, requests other than that for the page.
type complaints struct {
	mu   sync.Mutex
	said []string
}

func (c *complaints) hear(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		c.said = append(c.said, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		c.said = append(c.said, fmt.Sprintf("console: %s %s", e.Type, e.Args[0].Value))
	case *log.EventEntryAdded:
		c.said = append(c.said, "log: "+e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if e.Type != network.ResourceTypeDocument && !strings.HasPrefix(e.Request.URL, "data:") {
			c.said = append(c.said, "request: "+e.Request.URL)
		}
	}
}

// write puts the page of a report where the browser finds it.
func write(t *testing.T, r *report.Report) (url string) {
	t.Helper()
	var text bytes.Buffer
	if err := page.Write(&text, r); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

// widths are those of a small phone, a phone, a tablet, a laptop and a desk.
var widths = map[int64]int64{320: 568, 390: 844, 768: 1024, 1280: 800, 1920: 1080}

// phone is the widest window of a phone.
const phone = 400

type way struct {
	scheme        string
	width, height int64
	phone         bool
}

// ways are how people look at a catalog.
var ways = map[string]way{
	"light":       {"light", 1360, 900, false},
	"dark":        {"dark", 1360, 900, false},
	"phone":       {"light", 390, 844, true},
	"phone-dark":  {"dark", 390, 844, true},
	"small-phone": {"light", 320, 568, true},
}

// TestPage opens each page in each width, in light and in dark.
func TestPage(t *testing.T) {
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*report.Report{
		"run": estate(8), "complete": complete(40), "large": estate(1000), "huge": huge(), "plan": plan(), "harmful": harmful(),
		"narrow": narrow(), "failed": failed(), "nothing": nothing(),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, url := open(t), write(t, r)
			for width, height := range widths {
				if name == "huge" && width != 390 && width != 1280 {
					continue // one look at it takes a second or two
				}
				t.Run(fmt.Sprint(width), func(t *testing.T) { see(t, ctx, name, url, width, height) })
			}
		})
	}
}

// see opens a page in one width and measures it, in light and in dark. It keeps a picture of each.
func see(t *testing.T, ctx context.Context, name, url string, width, height int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // stops listening to this page
	said := &complaints{}
	if err := chromedp.Listen(ctx, said.hear); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx,
		command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}),
		viewport(width, height), chromedp.Navigate(url), chromedp.KeyEvent(kb.Tab), // who uses keys is shown the focus
	); err != nil {
		t.Fatal(err)
	}
	if took := ask[float64](t, ctx, `performance.getEntriesByType("navigation")[0].domComplete`); took > 15_000 {
		t.Errorf("the page needs %.0f ms", took)
	}
	for _, scheme := range []string{"light", "dark"} {
		if err := chromedp.Do(ctx, command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})); err != nil {
			t.Fatal(err)
		}
		found := ask[findings](t, ctx, look)
		found.check(t, width)
		found.touch(t)
		if t.Failed() {
			t.Fatalf("in %s", scheme)
		}
		if name == "huge" || name == "large" || width == 320 {
			continue // their pictures take longer than all others, and show no more
		}
		image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(shots, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), image, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	said.mu.Lock()
	defer said.mu.Unlock()
	for _, complaint := range said.said {
		t.Error(complaint)
	}
}

// viewport is a window of that size, of a phone if it is as small as one.
func viewport(width, height int64) chromedp.Action[chromedp.Void] {
	if width > phone {
		return chromedp.EmulateViewport(width, height)
	}
	return chromedp.EmulateViewport(width, height, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
}

func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

// ask evaluates an expression in the page.
func ask[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// findings is the result of look.
type findings struct {
	Width    int64    `json:"width"`
	Faint    []string `json:"faint"`
	Cut      []string `json:"cut"`
	Small    []string `json:"small"`
	Unseen   []string `json:"unseen"`
	Unnamed  []string `json:"unnamed"`
	Texts    int      `json:"texts"`
	Reached  int      `json:"reached"`
	Headings string   `json:"headings"`
}

// check is about what can be read, by eye or by ear.
func (f findings) check(t *testing.T, width int64) {
	t.Helper()
	if f.Width > width {
		t.Errorf("the page is %d wide, the window %d", f.Width, width)
	}
	if f.Texts < 10 {
		t.Errorf("%d texts were looked at", f.Texts)
	}
	for _, faint := range f.Faint {
		t.Errorf("hard to read: %s", faint)
	}
	for _, unnamed := range f.Unnamed {
		t.Errorf("a reader of screens finds no name: %s", unnamed)
	}
	if !strings.HasPrefix(f.Headings, "1") || strings.Contains(f.Headings, "13") {
		t.Errorf("the levels of headings are %s", f.Headings)
	}
}

// touch is about what is cut off, and what can be operated.
func (f findings) touch(t *testing.T) {
	t.Helper()
	if f.Reached < 2 {
		t.Errorf("%d targets were looked at", f.Reached)
	}
	for _, cut := range f.Cut {
		t.Errorf("cut, or wider than its window: %s", cut)
	}
	for _, small := range f.Small {
		t.Errorf("too small to touch: %s", small)
	}
	for _, unseen := range f.Unseen {
		t.Errorf("it does not show that it has the focus: %s", unseen)
	}
}

// look measures the page: its width, the contrast of each text against what is behind it (4.5 or
// more: https://www.w3.org/TR/WCAG22/#contrast-minimum), what is cut or leaves its window, the size
// of what is touched (24 pixels: https://www.w3.org/TR/WCAG22/#target-size-minimum; on a phone 40 for
// what stands alone), whether the focus shows, the names of what can be operated or scrolled, and the
// order of headings. Only the map and the contents may scroll.
const look = `(() => {
  const rgba = text => { const n = text.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const over = (top, bottom) => [0, 1, 2].map(i => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  const light = c => { const [r, g, b] = c.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { if (!e) return [255, 255, 255, 1]; const c = rgba(getComputedStyle(e).backgroundColor); return c[3] === 1 ? c : over(c, behind(e.parentElement)); };
  const opacity = e => e ? Number(getComputedStyle(e).opacity) * opacity(e.parentElement) : 1;
  const name = e => e.tagName + "." + (e.getAttribute("class") ?? "") + " " + e.textContent.trim().slice(0, 40);
  const faint = new Set(), cut = new Set(), small = new Set(), unseen = new Set();
  let texts = 0, reached = 0;
  const phone = innerWidth <= 400;
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest("script,.hidden,.skip") || !e.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(e), box = e.getBoundingClientRect(), scrolls = e.closest(".map, nav ul");
    if (e !== scrolls && style.overflowX !== "visible" && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)) cut.add("inside " + name(e));
    if ((!scrolls || e === scrolls) && box.width > 0 && (box.right > innerWidth + 1 || box.left < -1)) cut.add("outside " + name(e));
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    texts++;
    const range = document.createRange();
    range.selectNodeContents(e);
    const inside = range.getBoundingClientRect(), holder = (e.closest("td, th, button, .badge, .status, figure") ?? e).getBoundingClientRect();
    if (inside.width > holder.width + 1) cut.add("beyond its field: " + name(e));
    const back = behind(e), front = rgba(style.color);
    const shown = over([...front.slice(0, 3), front[3] * opacity(e)], back);
    const [a, b] = [light(shown), light(back)].sort((x, y) => y - x);
    const contrast = (a + .05) / (b + .05);
    if (contrast < 4.5) faint.add(contrast.toFixed(2) + " " + name(e));
  }
  const targets = [...document.querySelectorAll("a, button, summary, input, [tabindex='0']")].filter(e => e.checkVisibility() && !e.matches(".skip"));
  for (const e of targets.slice(0, 150)) {
    reached++;
    const box = e.getBoundingClientRect(), least = phone && e.matches("button, summary, input, nav a") ? 40 : 24;
    if (!e.matches("p a, dd a") && (box.height < least - .5 || box.width < 24 - .5)) small.add(Math.round(box.width) + " by " + Math.round(box.height) + " " + name(e));
    e.focus({ preventScroll: true });
    const style = getComputedStyle(e);
    if (document.activeElement !== e || style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) unseen.add(name(e) + style.outline);
  }
  document.activeElement?.blur();
  const unnamed = [...document.querySelectorAll("input,button,[tabindex='0']:not(td),section")].filter(e =>
    !(e.ariaLabel || e.labels?.length || e.tagName === "BUTTON" && e.textContent.trim() ||
      e.getAttribute("aria-labelledby") && document.getElementById(e.getAttribute("aria-labelledby")))).map(e => e.outerHTML.slice(0, 80));
  const some = found => [...found].slice(0, 12);
  return {
    width: document.documentElement.scrollWidth, faint: some(faint), cut: some(cut), small: some(small), unseen: some(unseen), unnamed, texts, reached,
    headings: [...document.querySelectorAll("h1,h2,h3")].map(h => h.tagName[1]).join(""),
  };
})()`

// rows counts the accounts that are shown.
const rows = `[...document.querySelectorAll("[data-account]")].filter(row => row.checkVisibility()).length`

// TestFilter types an account into the filter, and asks for those that are folded.
func TestFilter(t *testing.T) {
	ctx := open(t)
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	shows := func(want int, says string) {
		t.Helper()
		got, said := ask[int](t, ctx, rows), ask[string](t, ctx, `document.getElementById("found").value`)
		if got != want || said != says {
			t.Errorf("it shows %d accounts and says %q, want %d and %q", got, said, want, says)
		}
	}
	do(chromedp.EmulateViewport(1360, 900), chromedp.Navigate(write(t, estate(1000))))
	shows(48, "")
	do(chromedp.SendKeys("#filter", "PAYMENTS-production"))
	shows(84, "84 accounts")
	do(chromedp.SendKeys("#filter", "-999"))
	shows(1, "1 account")
	do(chromedp.SendKeys("#filter", "x"))
	shows(0, "0 accounts")
	do(chromedp.SendKeys("#filter", strings.Repeat(kb.Backspace, len("payments-production-999x"))))
	shows(48, "")
	if !ask[bool](t, ctx, `(() => {
		const button = document.querySelector("[data-unfold]");
		button.scrollIntoView({ block: "center" });
		const box = button.getBoundingClientRect();
		return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === button;
	})()`) {
		t.Error("the button is covered")
	}
	do(chromedp.Focus("[data-unfold]"), chromedp.KeyEvent(kb.Enter))
	shows(1000, "")
}

// act does something in the page.
func act(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// until waits for an expression to be true in the page.
func until(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression)); err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
}

// TestFix copies the statement that mends a run, from a page that is a file: by the clipboard, and where the
// browser refuses that, as a selection.
func TestFix(t *testing.T) {
	ctx := open(t)
	act(t, ctx, chromedp.EmulateViewport(1280, 800),
		command(browser.SetPermission, browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: "clipboard-read"}, Setting: browser.PermissionSettingGranted}),
		chromedp.Navigate(write(t, failed())))
	if top := ask[float64](t, ctx, `document.querySelector(".fix").getBoundingClientRect().top`); top > 500 {
		t.Errorf("the fix of a run that failed begins at %.0f", top)
	}
	const want = "{\n  \"Effect\": \"Allow\",\n  \"Action\": [\n    \"sts:AssumeRole\"\n  ],\n  \"Resource\": \"arn:aws:iam::111122223333:role/PortOceanReadRole\"\n}"
	const button = "header .block:last-of-type .copy"
	act(t, ctx, chromedp.Click(button))
	until(t, ctx, `document.querySelector("`+button+`").textContent === "Copied"`)
	until(t, ctx, `navigator.clipboard.readText().then(text => { window.pasted = text; }), typeof pasted === "string"`)
	if got := ask[string](t, ctx, `pasted`); got != want {
		t.Errorf("the clipboard has %q", got)
	}
	act(t, ctx, chromedp.Navigate(write(t, failed())))
	ask[bool](t, ctx, `Object.defineProperty(navigator, "clipboard", { value: undefined }), true`)
	ask[bool](t, ctx, `document.addEventListener("copy", () => { window.pasted = String(getSelection()); }), true`)
	act(t, ctx, chromedp.Focus(button), chromedp.KeyEvent(kb.Enter))
	until(t, ctx, `document.querySelector("`+button+`").textContent === "Copied"`)
	if got := ask[string](t, ctx, `pasted`); got != want {
		t.Errorf("the selection is %q", got)
	}
}

// TestSort sorts a table by a key, on a desk and on a phone.
func TestSort(t *testing.T) {
	ctx, url := open(t), write(t, complete(100))
	for _, width := range []int64{1280, 390} {
		act(t, ctx, viewport(width, 900), chromedp.Navigate(url))
		const numbers = `[...document.querySelectorAll(".by-account tbody tr")].map(row => Number(row.cells[2].textContent.replace(",", "")))`
		const names = `[...document.querySelectorAll(".by-account tbody tr")].map(row => row.cells[0].textContent)`
		const state = `document.querySelectorAll(".by-account [aria-sort]").length + " " + document.querySelector(".by-account [aria-sort]")?.ariaSort`
		press := func(column int, wantState string) {
			t.Helper()
			act(t, ctx, chromedp.Focus(fmt.Sprintf(".by-account thead th:nth-child(%d) button", column)), chromedp.KeyEvent(kb.Enter))
			if got := ask[string](t, ctx, state); got != wantState {
				t.Errorf("at %d: the headings say %q, want %q", width, got, wantState)
			}
		}
		press(3, "1 descending")
		if got := ask[[]int](t, ctx, numbers); len(got) != 100 || !slices.IsSortedFunc(got, func(a, b int) int { return b - a }) || got[0] == got[99] {
			t.Errorf("at %d: by resources, the largest first: %v", width, got)
		}
		press(3, "1 ascending")
		if got := ask[[]int](t, ctx, numbers); !slices.IsSorted(got) {
			t.Errorf("at %d: by resources, the smallest first: %v", width, got)
		}
		press(1, "1 ascending")
		if got := ask[[]string](t, ctx, names); !slices.IsSorted(got) {
			t.Errorf("at %d: by name: %v", width, got)
		}
	}
}

// TestMap: on a phone the map shows that it goes on, and a field says what it means when it is touched.
func TestMap(t *testing.T) {
	ctx := open(t)
	act(t, ctx, viewport(390, 844), chromedp.Navigate(write(t, estate(8))))
	const edges = `document.querySelector(".frame").className`
	until(t, ctx, edges+` === "frame after"`)
	ask[bool](t, ctx, `document.querySelector(".map").scrollLeft = 1e6, true`)
	until(t, ctx, edges+` === "frame before"`)
	ask[bool](t, ctx, `document.querySelector(".map").scrollLeft = 0, true`)
	says := func(want string) {
		t.Helper()
		until(t, ctx, `document.getElementById("field").checkVisibility()`)
		if got := ask[string](t, ctx, `document.getElementById("field").textContent`); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
	act(t, ctx, chromedp.Tap("[data-account] td:nth-child(2)"))
	says("shop-production-000 100000000000, AWS::Account::Info: denied, 0 of 17 cells read; the role lacks a permission")
	act(t, ctx, chromedp.KeyEvent(kb.ArrowUp))
	says("All accounts, AWS::Account::Info: 6 of 8 cells read, 0 resources")
	act(t, ctx, chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowRight))
	says("data-staging-001 100000007919, AWS::Organizations::Account: account-state, 13 of 17 cells read, 12 resources; the account may not use the service")
}

// TestWithoutScript shows everything, and nothing that does not work.
func TestWithoutScript(t *testing.T) {
	ctx := open(t)
	if err := chromedp.Do(ctx,
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}),
		chromedp.Navigate(write(t, estate(1000))),
	); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, ctx, rows); n != 1000 {
		t.Errorf("without its script the page shows %d accounts", n)
	}
	if ask[bool](t, ctx, `document.getElementById("filter").checkVisibility()`) {
		t.Error("without its script the page shows a filter")
	}
	for width, height := range widths {
		act(t, ctx, viewport(width, height))
		if shown := ask[int](t, ctx, `[...document.querySelectorAll("button, #field")].filter(e => e.checkVisibility()).length`); shown > 0 {
			t.Errorf("without its script, at %d, the page shows %d things that do nothing", width, shown)
		}
		if n := ask[int](t, ctx, `[...document.querySelectorAll(".by-account tbody tr")].filter(row => row.checkVisibility()).length`); n != 1000 {
			t.Errorf("without its script, at %d, the page counts %d accounts", width, n)
		}
		if n := ask[int](t, ctx, `[...document.querySelectorAll(".fix .what")].filter(fix => fix.checkVisibility() && fix.textContent).length`); n < 3 {
			t.Errorf("without its script, at %d, the page has %d fixes", width, n)
		}
	}
}
