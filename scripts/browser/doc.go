// Package browser opens the page of a report in a real browser, as people do: in light and
// dark mode, on a desktop and on a phone. It fails if there is an error in the console, a
// request to another host, text that is hard to read, something wider than the window, or
// a filter that does not filter. Pictures of the page are in build/browser.
//
// The test needs Chromium; `make browser` looks for it and sets the tag.
package browser
