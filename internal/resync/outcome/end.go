package outcome

import (
	"cmp"
	"time"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/offered"
	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/reconcile"
)

// End is how a cell ended, whoever came to its end: it was read, refused, closed, not
// offered, not reached, skipped, or left out.
type End struct {
	Cell cell.Name `json:"cell"`
	// By is the account that was asked, also where the cell has none.
	By      cell.Account   `json:"by,omitempty"`
	Outcome report.Outcome `json:"outcome"`
	// Code, Cause and Fix say why it was not read.
	Code  diag.Code `json:"code,omitempty"`
	Cause string    `json:"cause,omitempty"`
	Fix   string    `json:"fix,omitempty"`
	// All says that the end is that of all cells of the kind in the account, because their
	// regions are not known.
	All bool `json:"all,omitempty"`
	// Proof is what a complete cell proves of what it does not hold. Doubt says why that is
	// not everything; it completes "it was not read whole: …".
	Proof reconcile.Reading `json:"proof,omitempty"`
	Doubt string            `json:"doubt,omitempty"`
	// NoEndpoint says that the cell failed as if its service were not offered.
	NoEndpoint bool `json:"noEndpoint,omitempty"`
	// Took is how long the cell was read. Of one that was not reached, it says that the run
	// read it until there was no more time.
	Took time.Duration `json:"took,omitempty"`
	// NoneOf is one of the resources that a listing names, if AWS says of each of them that it
	// does not exist: then its word on others of the cell counts for nothing.
	NoneOf string `json:"-"`
	// Resources are the errors about single resources, which do not change the cell's outcome.
	Resources []error `json:"-"`
}

// Coverage is the kind in the account that was asked.
func (e *End) Coverage() cell.Coverage { return cell.Coverage{Account: e.By, Kind: e.Cell.Kind} }

// Read is the end of a cell that was read from its first page to its last, in so much time.
func Read(c cell.Name, by cell.Account, took time.Duration) End {
	return End{Cell: c, By: by, Outcome: report.Complete, Proof: reconcile.Whole, Took: took}
}

// Broke is the end of a cell with an error in its reading.
func Broke(c cell.Name, by cell.Account, took time.Duration, err error) End {
	return End{
		Cell: c, By: by, Took: took, Outcome: OfError(err), Code: CodeOf(err), Cause: awserr.Message(err),
		Fix: cmp.Or(offered.EndpointFix(err), awserr.Fix(err)), NoEndpoint: seemsNotOffered(err),
	}
}

// Late is the end of a cell for which the run came too late.
func Late(c cell.Name, by cell.Account, why string) End {
	return End{Cell: c, By: by, Outcome: report.NotReached, Code: diag.NotReached, Cause: why}
}

// TooLarge makes of the end of a late cell that of one that fits into no run.
func (e End) TooLarge(why string) End {
	e.Code, e.Cause = diag.CellTooLarge, why+"; a cell is read whole or keeps its entities"
	e.Fix = "allow a run more time (with `scale: distributed` each cell has up to 15 minutes; a container and the command line have no " +
		"limit) or more memory, which makes it faster; or leave the kind, the account or the region out (docs/scaling.md)"
	return e
}

// OfError says what an error makes of a cell. Not found is an answer about one resource;
// of a whole cell it means that the cell was not read.
func OfError(err error) report.Outcome {
	if class := awserr.ClassOf(err); class != awserr.NotFound {
		return report.Outcome(class)
	}
	return report.Outcome(awserr.Failed)
}

// CodeOf returns the code of an error that kept a cell from being read. Not found is an
// answer about one resource; of a whole cell it is a failure.
func CodeOf(err error) diag.Code {
	if code := awserr.CodeOf(err); code != diag.NotFound {
		return code
	}
	return diag.Failed
}

// seemsNotOffered says whether a cell failed as if its service were not offered in the
// region: the endpoint does not exist, or does not know the operation.
func seemsNotOffered(err error) bool {
	return awserr.NoEndpoint(err) || awserr.ClassOf(err) == awserr.Unsupported
}

// proofs are what the outcomes prove that are settled when the run is over.
var proofs = map[report.Outcome]reconcile.Reading{report.NotOffered: reconcile.NotOffered, report.Closed: reconcile.Closed}
