// Newkind writes the first draft of a new kind: the declaration, test data, a blueprint, a
// mapping and a simulated service, as far as the SDK's client of the service tells.
// `make kind T=AWS::KMS::Key` runs it. A person reads the draft, corrects it by AWS's
// documentation, and completes it; the tests say what is missing.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

const usage = `make kind T=AWS::KMS::Key [S=kms] [I=kms]

  T  the type, as CloudFormation names it
  S  the package of the service in aws-sdk-go-v2/service, if it is not the middle
     part of the type in small letters (AWS::MSK::Cluster has kafka)
  I  the prefix of the service's permissions in IAM, if it is not S (sesv2 has ses)
`

func main() {
	log.SetFlags(0)
	name := flag.String("type", "", "")
	service := flag.String("service", "", "")
	prefix := flag.String("prefix", "", "")
	flag.Usage = func() { _, _ = fmt.Fprint(os.Stderr, usage) }
	flag.Parse()
	d, err := newDraft(*name, *service, *prefix)
	if err != nil {
		log.Fatal(err)
	}
	if err := d.inspect(); err != nil {
		log.Fatal(err)
	}
	next := d.next()
	written, err := d.write()
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range written {
		fmt.Println("wrote", file)
	}
	fmt.Print(next)
}

// draft is what newkind knows about a kind.
type draft struct {
	Type     string // AWS::KMS::Key
	Variable string // KMSKey
	Resource string // Key
	Service  string // kms, the SDK's package
	Prefix   string // kms, in IAM
	dir      string // of the SDK's package

	List     listing
	Describe *describing
	Tags     *tagging
	Codes    []string // of the service's errors, those that say that something does not exist
	// Properties are the members of the resource, as the SDK names them, and Listed those
	// that the listing returns.
	Properties, Listed []field
	json               bool   // the service answers JSON
	source             string // of the SDK, where it names the members on the wire
}

var typeForm = regexp.MustCompile(`^AWS::([A-Z]\w+)::([A-Z]\w+)$`)

func newDraft(name, service, prefix string) (*draft, error) {
	parts := typeForm.FindStringSubmatch(name)
	if parts == nil {
		return nil, fmt.Errorf("T is %q; it should be a type of AWS, as in\n\n%s", name, usage)
	}
	d := &draft{Type: name, Variable: parts[1] + parts[2], Resource: parts[2], Service: service, Prefix: prefix}
	if d.Service == "" {
		d.Service = strings.ToLower(parts[1])
	}
	if d.Prefix == "" {
		d.Prefix = d.Service
	}
	module := "github.com/aws/aws-sdk-go-v2/service/" + d.Service
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return nil, fmt.Errorf("go.mod lacks the SDK's client of %s: if that is its name, run\n  go get %s\notherwise set S=", d.Service, module)
	}
	d.dir = strings.TrimSpace(string(dir))
	for _, file := range d.files() {
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s exists; remove it to start again", file)
		}
	}
	return d, nil
}

// next says what is left to do.
func (d *draft) next() string {
	files := d.files()
	steps := []string{
		"Read " + files[0] + " against AWS's API reference: the largest page, batch calls, what a resource may lack (Absent).",
		"Complete " + files[1] + ": answers as AWS gives them, with nulls, times and empty lists.",
	}
	if !d.json {
		steps[1] = "Write " + files[1] + ": the service answers XML, as in testdata/AWS_EC2_Volume.txtar."
	}
	if d.Describe != nil {
		steps = append(steps, fmt.Sprintf("Find the code with which %s says that the resource itself does not exist, if there is one%s. "+
			"Name it as Gone, and let the archive answer one call so:\n     -- %s.3 400 --\n     {\"__type\": \"…\", \"message\": \"…\"}",
			d.Describe.Name, d.candidates(), d.Describe.Name))
	}
	simulator := "Add the kind to internal/simulator/awssim by hand, like its neighbours there."
	if d.simulates() {
		simulator = "Let " + d.simulatorFile() + " answer as AWS does: the form of names and ARNs, the least and the most of a page, what a resource has."
	}
	steps = append(steps,
		"Choose what the blueprint and the mapping show: "+strings.Join(files[2:], ", "),
		"go test ./internal/aws/kinds -run 'Test(Documents|EveryMember)/"+d.Type+"' -update, and read what it wrote to internal/aws/kinds/testdata",
		simulator,
		"make docs test",
	)
	var b strings.Builder
	b.WriteString("\nWhat is left:\n")
	for i, step := range steps {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, step)
	}
	return b.String()
}

// candidates lists the codes of the service that may say so.
func (d *draft) candidates() string {
	if len(d.Codes) == 0 {
		return ""
	}
	return " (the service has " + strings.Join(d.Codes, ", ") + ")"
}
