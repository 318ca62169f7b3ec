package outcome

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
)

// Resources is what a run knows of single resources of kinds whose listings may end short:
// which it has met, and what AWS said of those that it was asked about. It takes 16 bytes for
// each. It is safe for concurrent use.
type Resources struct {
	mu sync.Mutex
	// met says of each resource that a listing named whether it was read; otherwise AWS said
	// of it that it does not exist.
	met  map[resourceKey]bool
	said map[resourceKey]Said // of those that AWS was asked about
	why  map[cell.Name]string // why not all of a cell have an answer
	// short and none are the cells whose listing lacks what exists, and those of which
	// nothing that the listing names exists, with a resource of each.
	short, none map[cell.Name]string
}

type resourceKey [16]byte

// Said is what AWS said when it was asked whether a resource exists.
type Said int

// What AWS may have said. The zero value is that of a resource it was not asked about.
const (
	Unasked Said = iota
	Nothing      // it failed, or refused to tell
	Exists
	Gone
)

func newResources() *Resources {
	return &Resources{
		met: map[resourceKey]bool{}, said: map[resourceKey]Said{}, why: map[cell.Name]string{},
		short: map[cell.Name]string{}, none: map[cell.Name]string{},
	}
}

// keyOf needs no secret: nobody can make two resources with one key.
func keyOf(c cell.Name, id string) resourceKey {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s", c.Account, c.Region, c.Kind, id))
	return resourceKey(sum[:16])
}

// Read notes that a resource was read, and that the mapping has made of it what it makes.
func (r *Resources) Read(c cell.Name, id string) {
	key := keyOf(c, id) // hashed outside the lock, for which all readings wait
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, met := r.met[key]; !met {
		r.met[key] = true
	}
}

// Contradicted notes that a listing names a resource of which AWS says that it does not exist.
func (r *Resources) Contradicted(c cell.Name, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.met[keyOf(c, id)] = false
}

// Met says whether a listing has named a resource: then nobody has to ask whether it exists.
func (r *Resources) Met(c cell.Name, id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, met := r.met[keyOf(c, id)]
	return met
}

// Answered notes what AWS said when it was asked whether a resource exists that the listing of
// its cell lacks. If it does, the listing ended short.
func (r *Resources) Answered(c cell.Name, id string, said Said) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said[keyOf(c, id)] = said
	if said == Exists && (r.short[c] == "" || id < r.short[c]) {
		r.short[c] = id
	}
}

// Asked returns what AWS said of a resource.
func (r *Resources) Asked(c cell.Name, id string) Said {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said[keyOf(c, id)]
}

// Unanswered notes why AWS did not say of all resources of a cell whether they exist. The first
// reason counts.
func (r *Resources) Unanswered(c cell.Name, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.why[c] == "" {
		r.why[c] = why
	}
}

// Past says whether a resource makes an entity no more: AWS says that it does not exist, or it
// was read.
func (r *Resources) Past(c cell.Name, id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := keyOf(c, id)
	return r.met[key] || r.said[key] == Gone
}

// Why says why AWS did not say of a resource that it does not exist.
func (r *Resources) Why(c cell.Name, id string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, met := r.met[keyOf(c, id)]; met {
		return "the listing still named it"
	}
	if why := r.why[c]; why != "" {
		return why
	}
	return "AWS was not asked"
}

// Short counts the cells whose listing ended short.
func (r *Resources) Short() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.short)
}

// EndedShort says of a cell whether its listing ended short, and what it lacks.
func (r *Resources) EndedShort(c cell.Name) (lacks string, short bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	lacks, short = r.short[c]
	return lacks, short
}

// noneExists notes a cell of which nothing that the listing names exists.
func (r *Resources) noneExists(c cell.Name, named string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.none[c] = named
}

// fill says in the report which listings cannot be believed.
func (r *Resources) fill(to *report.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	to.Diagnostics = append(to.Diagnostics, diagnosticsOf(r.short, diag.ListShort, diag.Error,
		"AWS lists its resources without an error, but the list lacks some that AWS says exist, such as ")...)
	to.Diagnostics = append(to.Diagnostics, diagnosticsOf(r.none, diag.NoneExists, diag.Warning,
		"AWS lists resources and says of each that it does not exist, such as ")...)
}

// diagnosticsOf returns one diagnostic for each kind in each account, with one of its resources.
func diagnosticsOf(cells map[cell.Name]string, code diag.Code, severity diag.Severity, cause string) []diag.Diagnostic {
	var all []diag.Diagnostic
	for _, c := range slices.SortedFunc(maps.Keys(cells), cell.Name.Compare) {
		last := len(all) - 1
		if last < 0 || all[last].Account != string(c.Account) || all[last].Kind() != string(c.Kind) {
			all = append(all, diag.Diagnostic{
				Code: code, Severity: severity, Subject: diag.Subject{Account: string(c.Account), Kinds: []string{string(c.Kind)}},
				Title: code.Entry().Title + ": " + string(c.Kind), Cause: cause + cells[c], Fix: diag.Unmarked(code.Entry().Fix),
			})
			last++
		}
		all[last].Regions = insert(all[last].Regions, string(c.Region))
	}
	return all
}

// resourcesPage is what an invocation that reads knows of resources. AWS is asked about single
// ones by the invocation that ends the run.
type resourcesPage struct {
	Read         []byte               `json:"read,omitempty"` // 16 bytes each
	Contradicted []byte               `json:"contradicted,omitempty"`
	None         map[cell.Name]string `json:"none,omitempty"`
}

func (r *Resources) page() (p resourcesPage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, read := range r.met {
		if read {
			p.Read = append(p.Read, key[:]...)
		} else {
			p.Contradicted = append(p.Contradicted, key[:]...)
		}
	}
	p.None = r.none
	return p
}

var errResources = errors.New("the resources of a part are cut")

func (r *Resources) merge(p resourcesPage) error {
	const size = len(resourceKey{})
	if len(p.Read)%size+len(p.Contradicted)%size > 0 {
		return errResources
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for key := range slices.Chunk(p.Contradicted, size) {
		r.met[resourceKey(key)] = false
	}
	for key := range slices.Chunk(p.Read, size) {
		if _, met := r.met[resourceKey(key)]; !met {
			r.met[resourceKey(key)] = true
		}
	}
	for c, of := range p.None {
		r.none[c] = of
	}
	return nil
}
