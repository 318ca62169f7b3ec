package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// document is a page of Markdown.
type document struct {
	path    string
	anchors map[string]bool
	links   []string
	codes   []string // spans, and lines of fenced shell
	prose   []block
}

// faults lists what is wrong with the pages of the repository: links and anchors that
// lead nowhere, commands, targets and flags that do not exist, words that are not
// explained, and phrases that are hard to read, also in the program's messages.
func faults() ([]string, error) {
	out, err := exec.Command("git", "ls-files", "*.md").Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	documents := make(map[string]*document)
	for path := range strings.FieldsSeq(string(out)) {
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		documents[path] = read(path, source)
	}
	commands, err := newCommands()
	if err != nil {
		return nil, err
	}
	defer commands.close()
	found, err := messages()
	if err != nil {
		return nil, err
	}
	found = append(found, unlisted(documents)...)
	for path := range strings.FieldsSeq(string(out)) {
		d := documents[path]
		found = append(found, d.misread()...)
		for _, link := range d.links {
			if why := d.follow(link, documents); why != "" {
				found = append(found, fmt.Sprintf("%s: the link %s %s", path, link, why))
			}
		}
		for _, code := range d.codes {
			if why := commands.judge(code); why != "" {
				found = append(found, fmt.Sprintf("%s: `%s`: %s", path, code, why))
			}
		}
	}
	return found, nil
}

// read finds what a page links to, what can be linked to in it, and its code.
func read(path string, source []byte) *document {
	d := &document{path: path, anchors: make(map[string]bool)}
	root := goldmark.DefaultParser().Parse(text.NewReader(source))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker has no errors
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			d.addAnchor(plain(n, source))
			d.prose = append(d.prose, proseOf(n, source))
		case *ast.Paragraph, *ast.TextBlock:
			d.prose = append(d.prose, proseOf(n, source))
		case *ast.Link:
			d.links = append(d.links, string(n.Destination))
		case *ast.CodeSpan:
			d.codes = append(d.codes, plain(n, source))
		case *ast.FencedCodeBlock:
			if string(n.Language(source)) == "sh" {
				d.codes = append(d.codes, strings.Split(string(n.Lines().Value(source)), "\n")...)
			}
		}
		return ast.WalkContinue, nil
	})
	return d
}

// plain returns the text of a node and those in it.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		if t, ok := child.(*ast.Text); ok {
			b.Write(t.Segment.Value(source))
			continue
		}
		b.WriteString(plain(child, source))
	}
	return b.String()
}

// addAnchor names a heading as GitHub does: in lower case, dashes for blanks, without
// punctuation, numbered if there are several.
func (d *document) addAnchor(heading string) {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
	for i, numbered := 0, name; ; numbered = fmt.Sprintf("%s-%d", name, i) {
		if !d.anchors[numbered] {
			d.anchors[numbered] = true
			return
		}
		i++
	}
}

// follow says why a link leads nowhere. What is not in the repository is not asked.
func (d *document) follow(link string, documents map[string]*document) string {
	to, err := url.Parse(link)
	if err != nil {
		return "is no link"
	}
	if to.Scheme != "" {
		return ""
	}
	target := d.path
	if to.Path != "" {
		target = filepath.Join(filepath.Dir(d.path), to.Path)
		if _, err := os.Stat(target); err != nil {
			return "leads to no file"
		}
	}
	if page := documents[target]; to.Fragment != "" && (page == nil || !page.anchors[to.Fragment]) {
		return "leads to no heading"
	}
	return ""
}

// commands knows the targets of the Makefile, and the commands with their flags.
type commands struct {
	targets map[string]bool
	folder  string // of the built commands
	help    map[string]string
}

func newCommands() (*commands, error) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		return nil, err
	}
	c := &commands{targets: make(map[string]bool), help: make(map[string]string)}
	for _, match := range regexp.MustCompile(`(?m)^([a-z0-9-]+):`).FindAllSubmatch(makefile, -1) {
		c.targets[string(match[1])] = true
	}
	if c.folder, err = os.MkdirTemp("", "portolan-docs-"); err != nil {
		return nil, err
	}
	for name, from := range map[string]string{"portolan": "./lambda", "operate": "./scripts/operate"} {
		build := exec.Command("go", "build", "-o", filepath.Join(c.folder, name), from)
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			c.close()
			return nil, fmt.Errorf("go build %s: %w", from, err)
		}
	}
	return c, nil
}

func (c *commands) close() { _ = os.RemoveAll(c.folder) }

var (
	makeLine     = regexp.MustCompile(`(?:^|[ (])make ((?:[a-z][a-z0-9-]*|[A-Z]+=(?:'[^']*'|\S*))(?: (?:[a-z][a-z0-9-]*|[A-Z]+=(?:'[^']*'|\S*)))*)`)
	portolanLine = regexp.MustCompile(`(?:^|[/ ])(portolan|operate) ([a-z][a-z-]*)(.*)`)
	flagName     = regexp.MustCompile(`--[a-z][a-z-]*`)
	comment      = regexp.MustCompile(`\s#.*$`)
)

// judge says what a line of shell, or a span of code, has that does not exist.
func (c *commands) judge(line string) string {
	line = comment.ReplaceAllString(line, "")
	english := strings.HasPrefix(line, "make sure") // a message, quoted
	if match := makeLine.FindStringSubmatch(line); match != nil && strings.HasPrefix(strings.TrimSpace(line), "make ") && !english {
		return c.judgeMake(match[1])
	}
	if match := portolanLine.FindStringSubmatch(line); match != nil && !strings.HasPrefix(line, "-") {
		return c.judgeFlags(match[1], match[2], match[3])
	}
	return ""
}

func (c *commands) judgeMake(words string) string {
	for word := range strings.FieldsSeq(regexp.MustCompile(`[A-Z]+='[^']*'`).ReplaceAllString(words, "")) {
		if !strings.Contains(word, "=") && !c.targets[word] {
			return "the Makefile has no target " + word
		}
	}
	target, _, _ := strings.Cut(words, " ")
	switch target {
	case "invoke", "plan", "logs", "secret", "bootstrap-org":
		return c.judgeFlags("operate", target, words)
	}
	return ""
}

func (c *commands) judgeFlags(program, command, rest string) string {
	key := program + " " + command
	if c.help[key] == "" {
		out, err := exec.Command(filepath.Join(c.folder, program), command, "--help").CombinedOutput()
		if err != nil {
			return program + " has no command " + command
		}
		c.help[key] = string(out)
	}
	for _, name := range flagName.FindAllString(rest, -1) {
		if !regexp.MustCompile(regexp.QuoteMeta(name) + `\b`).MatchString(c.help[key]) {
			return key + " has no flag " + name
		}
	}
	return ""
}
