package diag

// Diagnostic is something to tell a person about a run, an installation or a setting.
// Title says what is the matter, Cause why, and Fix what can be done about it; each is a
// sentence without its full stop, and Fix may be empty.
type Diagnostic struct {
	Code  Code   `json:"code,omitempty"`
	Title string `json:"title"`
	Cause string `json:"cause"`
	Fix   string `json:"fix,omitempty"`
}
