// Package browser opens the page of a report in a real browser, as people do: light and
// dark, on a desk and on a phone. It wants no error in the console, no request to
// anybody, no text that is hard to read, nothing wider than the window, and a filter
// that filters. What the browser shows is kept in build/browser, to be looked at.
//
// The test needs Chromium; `make browser` looks for it and sets the tag.
package browser
