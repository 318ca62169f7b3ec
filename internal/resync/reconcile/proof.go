package reconcile

import (
	"fmt"
	"strings"

	"portolan/internal/diag"
)

// Evidence is what a run knows of the place that an entity came from: its account,
// region and kind. The zero value is a place about which nothing is known; its entities
// stay.
type Evidence struct {
	// Narrowed says that the request leaves the place out, or may.
	Narrowed bool
	// Kind says whether the mapping has the kind, and names a blueprint in place of the
	// entity's that does not exist.
	Kind Choice
	// Account says what is known of the account. A kind that is read once in an
	// Organization has the account Present.
	Account Account
	// Region says whether settings and mapping have the region. A kind that is not
	// regional has the region In.
	Region Choice
	// Enabled says whether the account has enabled the region.
	Enabled bool
	// Cell is how far the run came with the cell.
	Cell Reading
	// Resource is what the run knows of the resource itself.
	Resource Resource
}

// Choice is what settings or mapping say of a place or a kind.
type Choice int

const (
	// Doubtful is what is not among what they name, while something that they name does
	// not exist: it may be what was meant.
	Doubtful Choice = iota
	// In is to be read.
	In
	// Out was taken out, by names that all exist.
	Out
)

// Account is what a run knows of an account.
type Account int

const (
	// Unknown is an account that is not listed by a list which is not complete, names a
	// role that cannot be assumed, or is just the account that the run is in.
	Unknown Account = iota
	// Present is listed, and was entered.
	Present
	// Unentered is listed, and could not be entered, or its regions are not known.
	Unentered
	// Inactive is listed by the Organization as suspended or closed. AWS keeps its resources
	// for 90 days, in case it is reopened:
	// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-closing.html
	Inactive
	// Absent is lacking in a complete list, or left out by settings that name it.
	Absent
)

// Reading is how far a run came with a cell, from what proves nothing to what proves
// most.
type Reading int

const (
	// NotRead was not read from its first page to its last without an error, or that is not
	// known.
	NotRead Reading = iota
	// Short was read to its last page without an error, and lacks a resource that exists.
	Short
	// Closed is forbidden by a policy that no statement in the reading role lifts.
	Closed
	// Refusing was read to its last page, and a resource in it refuses to be read.
	Refusing
	// NotOffered has a service that AWS does not offer in the region, by its own list.
	NotOffered
	// Whole was read in one invocation from its first page to its last without an error.
	Whole
)

// Resource is what a run knows of the resource that an entity came from, besides what its cell
// proves. It matters where a complete listing proves nothing alone, because listings of the
// kind are known to end short.
type Resource int

const (
	// Unidentified is of such a kind, and it is not known which resource it is.
	Unidentified Resource = iota
	// Unconfirmed is of such a kind, and AWS has not said of it that it does not exist.
	Unconfirmed
	// Confirmed is of such a kind. AWS says of this very resource that it does not exist, or
	// the run has read it, and the mapping no longer makes the entity of it.
	Confirmed
	// Needless is of a kind whose listings are whole, so that nobody has to ask.
	Needless
)

// Verdict is whether an entity that a run did not produce is proven to be gone, or
// the code that says why it stays.
type Verdict struct {
	Gone bool
	Code diag.Code
}

// Judge is the one rule of what may be deleted: nothing else decides whether a resource
// is gone. There are three proofs of absence. The listing of its cell was read to its end
// and does not have it; a resource that does not exist according to AWS counts as missing
// from the listing. If listings of the kind are known to end short, AWS must also say of the
// resource itself that it does not exist. Its account is gone. Or somebody took its place or
// kind out, by names that exist. The last two rest on no listing of resources, so that there
// is nothing to confirm.
func Judge(e Evidence) Verdict {
	stays := func(code diag.Code) Verdict { return Verdict{Code: code} }
	gone := Verdict{Gone: true}
	switch {
	case e.Narrowed:
		return stays(diag.KeptNarrowed)
	case e.Kind == Doubtful:
		return stays(diag.KeptDoubtful)
	case e.Kind == Out:
		return gone
	}
	switch e.Account {
	case Absent:
		return gone
	case Unknown:
		return stays(diag.KeptAccountsUnknown)
	case Inactive:
		return stays(diag.KeptInactive)
	}
	switch {
	case e.Region == Doubtful:
		return stays(diag.KeptDoubtful)
	case e.Region == Out:
		return gone
	case e.Account == Unentered:
		return stays(diag.KeptAccountUnread)
	case !e.Enabled:
		return stays(diag.KeptRegion)
	}
	switch e.Cell {
	case Whole:
		return judgeResource(e.Resource)
	case Short:
		return stays(diag.KeptShort)
	case Closed, Refusing:
		return stays(diag.KeptClosed)
	case NotOffered:
		return stays(diag.KeptNotOffered)
	default:
		return stays(diag.KeptUnread)
	}
}

// judgeResource is the verdict about an entity from a cell that was read whole.
func judgeResource(r Resource) Verdict {
	switch r {
	case Needless, Confirmed:
		return Verdict{Gone: true}
	case Unconfirmed:
		return Verdict{Code: diag.KeptUnconfirmed}
	default:
		return Verdict{Code: diag.KeptUnidentified}
	}
}

// Row is a line of the rule in the documentation.
type Row struct {
	When     string // completes "its cell, in this run, …"
	Evidence Evidence
	Verdict  Verdict
	Then     string // what becomes of the entity
}

// read is a place that is to be read and can be.
func read(cell Reading) Evidence {
	return Evidence{Kind: In, Account: Present, Region: In, Enabled: true, Cell: cell, Resource: Needless}
}

// whole is the evidence of a place that was read whole, of a kind whose listings may end short.
func whole(r Resource) Evidence {
	e := read(Whole)
	e.Resource = r
	return e
}

// account is the evidence of a place if only that is known about its account.
func account(a Account) Evidence {
	e := read(NotRead)
	e.Account = a
	return e
}

const (
	goes  = "goes"
	stays = "stays"
)

// Rule is the table of the documentation, in the order in which Judge looks.
var Rule = []Row{
	{"is left out by the request (`kinds`, `accounts`, `regions`)",
		Evidence{Narrowed: true, Kind: In, Account: Present, Region: In, Enabled: true, Cell: Whole}, Verdict{Code: diag.KeptNarrowed}, stays},
	{"is of a kind that the mapping no longer has, and every kind that it names exists",
		Evidence{Kind: Out}, Verdict{Gone: true}, goes},
	{"is of a kind that the mapping does not have, and some kind that it names does not exist",
		Evidence{Kind: Doubtful}, Verdict{Code: diag.KeptDoubtful}, stays + ": that kind may be what was meant"},
	{"is of a kind whose entries no longer name the entity's blueprint, and some blueprint that they name does not exist in Port",
		Evidence{Kind: Doubtful}, Verdict{Code: diag.KeptDoubtful}, stays + ": that blueprint may be what was meant"},
	{"is in an account that a complete list of the Organization lacks, or that the settings leave out by names that exist: each role that they name instead can be assumed",
		account(Absent), Verdict{Gone: true}, goes},
	{"is in an account that is not listed, and the list is not complete, or no setting names an account",
		account(Unknown), Verdict{Code: diag.KeptAccountsUnknown}, stays},
	{"is in an account that is suspended, or is being closed",
		account(Inactive), Verdict{Code: diag.KeptInactive}, stays + ": if the account is reopened, it has all its resources again. `PORTOLAN_ACCOUNTS_EXCLUDE` takes it out."},
	{"is in a region that `PORTOLAN_REGIONS` or `regionPolicy` leaves out, by names that all exist",
		Evidence{Kind: In, Account: Present, Region: Out}, Verdict{Gone: true}, goes},
	{"is in a region that they leave out, and some region that they name does not exist",
		Evidence{Kind: In, Account: Present, Region: Doubtful}, Verdict{Code: diag.KeptDoubtful}, stays + ": that region may be what was meant"},
	{"is in an account that could not be entered, or whose regions could not be listed",
		account(Unentered), Verdict{Code: diag.KeptAccountUnread}, stays},
	{"is in a region that is no longer enabled in the account",
		Evidence{Kind: In, Account: Present, Region: In}, Verdict{Code: diag.KeptRegion}, stays + ": its resource may still exist. If it does not, delete the entity in Port."},
	{"was read in one invocation from its first page to its last without an error, and is of a native kind",
		read(Whole), Verdict{Gone: true}, goes},
	{"was read in that way through Cloud Control, and AWS says of the resource itself that it does not exist",
		whole(Confirmed), Verdict{Gone: true}, goes},
	{"was read in that way through Cloud Control, and AWS was not asked about the resource, did not answer, or still lists it",
		whole(Unconfirmed), Verdict{Code: diag.KeptUnconfirmed}, stays},
	{"was read in that way through Cloud Control, and the state does not tell which resource it was",
		whole(Unidentified), Verdict{Code: diag.KeptUnidentified}, stays},
	{"was read in that way through Cloud Control, and lacks a resource that exists according to AWS",
		read(Short), Verdict{Code: diag.KeptShort}, stays},
	{"was read in that way, but a resource in it is refused for good, or lacks a detail and made no entity, or another one than before",
		read(Refusing), Verdict{Code: diag.KeptClosed}, stays},
	{"is `closed` by a policy that the reading role cannot lift",
		read(Closed), Verdict{Code: diag.KeptClosed}, stays},
	{"is `not-offered`",
		read(NotOffered), Verdict{Code: diag.KeptNotOffered}, stays + ": it came from somewhere"},
	{"has any other outcome, or none",
		read(NotRead), Verdict{Code: diag.KeptUnread}, stays},
}

// Markdown returns the rule as a table.
func Markdown() string {
	var text strings.Builder
	text.WriteString("| its cell, in this run | the entity | code |\n|---|---|---|\n")
	for _, row := range Rule {
		code := ""
		if row.Verdict.Code != "" {
			code = fmt.Sprintf("[%s](troubleshooting.md#%s)", row.Verdict.Code, strings.ToLower(string(row.Verdict.Code)))
		}
		fmt.Fprintf(&text, "| %s | %s | %s |\n", row.When, row.Then, code)
	}
	return text.String()
}
