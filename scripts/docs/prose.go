package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	markdown "github.com/yuin/goldmark/ast"
)

// phrases are ways of saying things that a reader stumbles over, and what to say
// instead. A match of but is none.
var phrases = []struct {
	form, but *regexp.Regexp
	instead   string
}{
	{phrase(`(?:\w+ )?(?:is|are|was|were) no \w+`), phrase(`(?i)^there |no (?:longer|more)$`), `"is not"`},
	{phrase(`(?:of|about) which`), nil, "another sentence, or because, that, whose"},
	{phrase(`save (?:for|that|where|in)`), nil, `"except" or "unless"`},
	{phrase(`(?:gives|gave)(?: \w+)?`), phrase(` up$`), `"returns", "has" or "provides"`},
	{phrase(`(?:and|or) the like`), nil, `"such as" before the examples`},
	{phrase(`for want of`), nil, `"because … is missing"`},
	{phrase(`all the same`), nil, `"anyway" or "still"`},
	{phrase(`(?:tell|tells|told|speak|speaks|spoke) of`), nil, `"say about" or "name"`},
	{phrase(`(?:make|makes|made|making) (?:an? |the )?\w+ of (?:it|them|this|that|each|what)`), nil, `"turn … into" or "make … from"`},
	{phrase(`(?:nothing|none) but`), nil, `"only"`},
	{phrase(`alike|besides`), nil, `"the same", "also" or "in addition to"`},
	{phrase(`(?:upon|hence|thus|lest|whereby|thereby|thereof|therein|albeit)`), nil, "the usual word"},
	{regexp.MustCompile(`[;,] else\b`), nil, `"otherwise"`},
	{regexp.MustCompile(`(?:^|[.;:] )Not (?:\w+ed|\w+en|read|sent|kept) (?:is|are|was|were) \w+`), nil, "the usual order of words"},
	{phrase(`(?:mend|ledger|takeover)`), nil, "a word of the glossary"},
}

func phrase(words string) *regexp.Regexp { return regexp.MustCompile(`\b(?:` + words + `)\b`) }

// stumbles says what in a text should be said in another way.
func stumbles(text string) (found []string) {
	for _, p := range phrases {
		for _, match := range p.form.FindAllString(text, -1) {
			if p.but == nil || !p.but.MatchString(match) {
				found = append(found, fmt.Sprintf("%q should be %s", match, p.instead))
			}
		}
	}
	return found
}

// block is a paragraph, a heading or a table, without its code.
type block struct {
	line int
	text string
}

// proseOf returns the text of a node as it is read aloud.
func proseOf(n markdown.Node, source []byte) block {
	var b strings.Builder
	_ = markdown.Walk(n, func(n markdown.Node, entering bool) (markdown.WalkStatus, error) { // the walker has no errors
		switch n := n.(type) {
		case *markdown.CodeSpan:
			if entering {
				b.WriteString("`…`")
			}
			return markdown.WalkSkipChildren, nil
		case *markdown.Text:
			if !entering {
				break
			}
			b.Write(n.Segment.Value(source))
			if n.SoftLineBreak() {
				b.WriteByte(' ')
			}
		}
		return markdown.WalkContinue, nil
	})
	line := 1
	if lines := n.Lines(); lines.Len() > 0 {
		line += bytes.Count(source[:lines.At(0).Start], []byte("\n"))
	}
	return block{line, b.String()}
}

// misread lists what a reader of a page stumbles over. Decisions and the changelog are
// about the past, and stay as they were written.
func (d *document) misread() (found []string) {
	if strings.HasPrefix(d.path, "docs/decisions/") || d.path == "CHANGELOG.md" {
		return nil
	}
	if why := d.undefined(); why != "" {
		found = append(found, why)
	}
	for _, b := range d.prose {
		for _, why := range stumbles(b.text) {
			found = append(found, fmt.Sprintf("%s:%d: %s", d.path, b.line, why))
		}
	}
	return found
}

var (
	aCell    = regexp.MustCompile(`(?i)\bcells?\b`)
	whatItIs = regexp.MustCompile(`(?i)\bcell(?:, | is | \(| \| )one kind in one region of one account`)
)

// undefined says where a page uses the word cell before it says what a cell is.
func (d *document) undefined() string {
	for _, b := range d.prose {
		use, what := aCell.FindStringIndex(b.text), whatItIs.FindStringIndex(b.text)
		switch {
		case use == nil:
		case what == nil || use[0] < what[0] && strings.Contains(b.text[use[0]:what[0]], "."):
			return fmt.Sprintf("%s:%d: it uses the word cell and has not said that it is one kind in one region of one account", d.path, b.line)
		default:
			return ""
		}
	}
	return ""
}

// unlisted returns the pages that docs/README.md does not lead to.
func unlisted(documents map[string]*document) (found []string) {
	listed := make(map[string]bool)
	for _, link := range documents["docs/README.md"].links {
		path, _, _ := strings.Cut(link, "#")
		listed[filepath.Join("docs", path)] = true
	}
	for path := range documents {
		if filepath.Dir(path) == "docs" && path != "docs/README.md" && !listed[path] {
			found = append(found, "docs/README.md does not list "+path)
		}
	}
	return found
}

// messages lists what a reader of the program's texts stumbles over. A text is a literal
// of several words.
func messages() ([]string, error) {
	out, err := exec.Command("git", "ls-files", "infra/*.go", "internal/*.go", "lambda/*.go").Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	var found []string
	for path := range strings.FieldsSeq(string(out)) {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/simulator/") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(literal.Value); err == nil && strings.Count(text, " ") > 1 {
				for _, why := range stumbles(text) {
					found = append(found, fmt.Sprintf("%s: %s", set.Position(literal.Pos()), why))
				}
			}
			return true
		})
	}
	return found, nil
}
