package snapshot

import (
	"maps"
	"slices"
	"time"

	"portolan/internal/mapping"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/reconcile"
)

// Past is what the runs before have left of the accounts. The zero Past knows nothing.
type Past struct {
	snapshots map[string]*kept // by account
	trusted   map[string]bool  // accounts with a snapshot that Port still matches
	torn      bool
	oldest    time.Time // what was written before is written again
}

// Torn says whether the state of some accounts cannot be used.
func (p *Past) Torn() bool { return p.torn }

// Remembered is an entity as the runs before left it, with the account of its cell.
type Remembered struct {
	Entry
	Account string
}

// Ref is the entity's key.
func (e Entry) Ref() entity.Ref { return entity.Ref{Blueprint: e.Blueprint, Identifier: e.Identifier} }

// Cell is the cell that the entity came from. Its kind is empty if there were several.
func (r Remembered) Cell() cell.Name {
	return cell.Name{Account: cell.AccountOf(r.Account), Region: r.Region, Kind: r.Kind}
}

// All yields every entity that is remembered.
func (p *Past) All(yield func(Remembered) bool) {
	for _, account := range slices.Sorted(maps.Keys(p.snapshots)) {
		for e := range p.snapshots[account].all() {
			if !yield(Remembered{e, account}) {
				return
			}
		}
	}
}

// Origins returns what is remembered of entities, once for each account that they came from.
func (p *Past) Origins(refs []entity.Ref) map[entity.Ref][]Remembered {
	if len(refs) == 0 {
		return nil
	}
	origins := make(map[entity.Ref][]Remembered, len(refs))
	for _, ref := range refs {
		origins[ref] = nil
	}
	for was := range p.All {
		if all, asked := origins[was.Ref()]; asked {
			origins[was.Ref()] = append(all, was)
		}
	}
	return origins
}

// Close says that an account is no longer read: what is remembered of it takes less memory then.
// The zero Account stands for what is read once in an Organization.
func (p *Past) Close(account cell.Account) {
	if k := p.snapshots[(cell.Name{Account: account}).Key()]; k != nil {
		k.close()
	}
}

// CloseAll closes all accounts.
func (p *Past) CloseAll() {
	for _, k := range p.snapshots {
		k.close()
	}
}

// Knows says whether the last run that wrote has left an entity in the account of a cell.
func (p *Past) Knows(c cell.Name, ref entity.Ref) bool {
	_, known := p.find(c, ref)
	return known
}

// KnowsAccount says whether anything is remembered of the account of a cell.
func (p *Past) KnowsAccount(c cell.Name) bool { return p.snapshots[c.Key()] != nil }

// Count returns how many entities the last run left of a cell; known is false if nothing is
// remembered of its account.
func (p *Past) Count(c cell.Name) (count int, known bool) {
	old := p.snapshots[c.Key()]
	if old == nil {
		return 0, false
	}
	return old.open().Count(c.Region, c.Kind), true
}

func (p *Past) find(c cell.Name, ref entity.Ref) (Entry, bool) {
	old := p.snapshots[c.Key()]
	if old == nil {
		return Entry{}, false
	}
	return old.open().Find(ref.Blueprint, ref.Identifier)
}

// unchanged says whether a cell had the entity with this hash and Port accepted it recently
// enough to count, and when.
func (p *Past) unchanged(c cell.Name, ref entity.Ref, hash entity.Hash) (written time.Time, ok bool) {
	e, ok := p.valid(c, ref)
	return e.Written, ok && e.Hash == hash
}

// same says whether a cell had the entity, made of this document, and Port accepted it recently
// enough to count, and when.
func (p *Past) same(c cell.Name, ref entity.Ref, document mapping.Fingerprint) (content entity.Content, written time.Time, ok bool) {
	if document == (mapping.Fingerprint{}) {
		return entity.Content{}, time.Time{}, false
	}
	e, ok := p.valid(c, ref)
	return e.Content, e.Written, ok && e.Document == document
}

// valid returns what a cell had of an entity, if Port still has that and it was written recently
// enough.
func (p *Past) valid(c cell.Name, ref entity.Ref) (Entry, bool) {
	if !p.trusted[c.Key()] {
		return Entry{}, false
	}
	e, found := p.find(c, ref)
	return e, found && e.Hash != entity.Hash{} && e.Region == c.Region && e.Kind == c.Kind && e.Written.After(p.oldest)
}

// Size counts what the runs before left.
func (p *Past) Size() (n int) {
	for _, k := range p.snapshots {
		n += k.entries
	}
	return n
}

// Sizes counts what the last run left of each kind in each account.
func (p *Past) Sizes() map[reconcile.Group]int {
	sizes := make(map[reconcile.Group]int)
	for e := range p.All {
		sizes[reconcile.Group{Account: e.Account, Kind: string(e.Kind)}]++
	}
	return sizes
}
