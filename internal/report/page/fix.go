package page

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"portolan/internal/diag"
	"portolan/internal/report"
)

// fix says what can be done, nil if nothing is known. What a program takes as it is, such as
// a statement of a policy, is a block that can be copied by itself; without one, the advice can
// be copied, for whoever has to follow it.
func fix(text string) g.Node {
	if text == "" {
		return nil
	}
	said, blocks := advice(sentence(text))
	var whole g.Node
	if blocks == 0 && !strings.HasPrefix(strings.ToLower(text), "nothing") {
		whole = copyButton("Copy the fix")
	}
	return h.Div(h.Class("fix"), h.B(g.Text("Fix")), h.Div(h.Class("what"), said), whole)
}

// copyButton copies what is beside it. The script finds that by its class.
func copyButton(label string) g.Node {
	return h.Button(h.Type("button"), h.Class("script copy"), h.Aria("label", label), g.Text("Copy"))
}

// block is a text that is to be copied to its last character.
func block(text string) g.Node {
	return h.Div(h.Class("block"), copyButton("Copy this block"), h.Pre(h.Class("what"), h.Code(g.Text(text))))
}

// Objects of JSON in advice: what is shorter than shortObject stays in its line, what is longer than
// longObject is no policy, and after mostObjects no more is looked for.
const (
	shortObject = 40
	longObject  = 8000
	mostObjects = 8
)

// advice is a text of sentences, with code between backticks and with objects of JSON, each
// of which becomes a block.
func advice(text string) (nodes g.Group, blocks int) {
	var line g.Group
	from := 0 // what is not said yet
	say := func(until, next int) {
		if until > from {
			line = append(line, g.Text(text[from:until]))
		}
		from = next
	}
	end := func() {
		if len(line) > 0 {
			nodes = append(nodes, h.P(line))
		}
		line = nil
	}
	tries := 0
	for at := 0; at < len(text); {
		length := 1
		switch text[at] {
		case '`':
			if inside := strings.IndexByte(text[at+1:], '`'); inside > 0 {
				length = inside + 2
				say(at, at+length)
				line = append(line, code(text[at+1:at+1+inside]))
			}
		case '{':
			if tries++; tries > mostObjects {
				break
			}
			object, size := object(text[at:])
			length = max(1, size)
			if length < shortObject {
				break
			}
			for at+length < len(text) && strings.IndexByte(".,; ", text[at+length]) >= 0 {
				length++
			}
			say(at, at+length)
			end()
			nodes, blocks = append(nodes, block(object)), blocks+1
		}
		at += length
	}
	say(len(text), len(text))
	end()
	return nodes, blocks
}

// toCode is a link of Markdown to another code, which the page links by itself.
var toCode = regexp.MustCompile(`\[([^\]]+)\]\(#ptl-[^)]+\)`)

// unlinked returns a text of the catalogue without Markdown's links.
func unlinked(text string) string { return diag.Unlinked(toCode.ReplaceAllString(text, "$1")) }

// object returns the object of JSON with which the text begins, indented, and its length; 0 if there is none.
func object(text string) (indented string, length int) {
	var raw json.RawMessage
	decoder := json.NewDecoder(strings.NewReader(text[:min(len(text), longObject)]))
	if decoder.Decode(&raw) != nil {
		return "", 0
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return "", 0
	}
	return b.String(), int(decoder.InputOffset())
}

// sentence begins with a capital letter, unless its first word is a name.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	word, _, _ := strings.Cut(text, " ")
	if strings.ContainsFunc(strings.TrimRight(word, ",;:"), func(r rune) bool { return !unicode.IsLower(r) }) {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// codeLink is a code, which leads to what the page says of it; nil if there is none.
func codeLink(c diag.Code) g.Node {
	switch {
	case c == "":
		return nil
	case c.Entry().Code == "":
		return h.Code(h.Class("code"), g.Text(string(c)))
	}
	return h.A(h.Class("code"), h.Href("#"+c.Anchor()), g.Text(string(c)))
}

// entriesOf returns what the catalogue says of each code that the report has, in order.
func entriesOf(r *report.Report) []diag.Entry {
	used := map[diag.Code]bool{r.Code: true}
	for _, d := range r.Diagnostics {
		used[d.Code] = true
	}
	for _, of := range [][]report.Gap{r.Gaps, r.Unavailable} {
		for _, gap := range of {
			used[gap.Code] = true
		}
	}
	for _, of := range r.Refused {
		used[of.Code] = true
	}
	for _, m := range r.Mapping {
		used[m.Code] = used[m.Code] || !m.Null
	}
	for _, e := range r.Entities {
		used[e.Code] = true
	}
	for _, w := range r.Deletes.Withheld {
		used[w.Code] = true
	}
	for _, c := range r.Changes {
		used[c.Code] = true
	}
	var entries []diag.Entry
	for _, group := range diag.Groups {
		for _, e := range group.Entries {
			if used[e.Code] {
				entries = append(entries, e)
			}
		}
	}
	return entries
}

// codesExplained says what the codes mean, for who does not have the program at hand.
func (p *page) codesExplained() g.Node {
	if len(p.codes) == 0 {
		return nil
	}
	return section("codes", "What the codes mean",
		h.P(h.Class("soft"), g.Text("This is what holds for each code in every case. In a terminal, "), code("portolan explain "+string(p.codes[0].Code)), g.Text(" prints the same.")),
		h.Dl(h.Class("card codes"), g.Map(p.codes, func(e diag.Entry) g.Node {
			cause, _ := advice(unlinked(e.Cause))
			fix, _ := advice(unlinked(e.Fix))
			return h.Div(h.ID(e.Code.Anchor()), h.Dt(words(h.Code(g.Text(string(e.Code))), g.Text(e.Title))), h.Dd(cause, h.Div(h.Class("mend"), fix)))
		})))
}

// remedyOf is what a person can do about what ended the run; "" if nothing is known. What the
// run itself says of it comes before what holds for the code in every case.
func remedyOf(r *report.Report) string {
	if r.Code == "" {
		return ""
	}
	own := slices.Clone(r.Diagnostics)
	for _, gap := range r.Gaps {
		own = append(own, gap.Diagnostic)
	}
	for _, d := range own {
		if d.Code == r.Code && d.Fix != "" {
			return d.Fix
		}
	}
	return unlinked(r.Code.Entry().Fix)
}
