package resync

import (
	"portolan/internal/fault"
	"portolan/internal/report"
	"portolan/internal/trouble"
)

// codeOf gives the code of an error that kept a cell from being read. Not found is an
// answer about one resource; of a whole cell it is a failure.
func codeOf(err error) trouble.Code {
	if code := fault.CodeOf(err); code != trouble.NotFound {
		return code
	}
	return trouble.Failed
}

// codeOfOutcome gives the code of cells that were left for the outcome, without an
// error.
func codeOfOutcome(o report.Outcome) trouble.Code {
	switch o {
	case report.NotReached:
		return trouble.NotReached
	case report.Skipped:
		return trouble.LeftOut
	default:
		return fault.Class(o).Trouble()
	}
}
