package resync

import (
	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/report"
)

// codeOf returns the code of an error that kept a cell from being read. Not found is an
// answer about one resource; of a whole cell it is a failure.
func codeOf(err error) diag.Code {
	if code := awserr.CodeOf(err); code != diag.NotFound {
		return code
	}
	return diag.Failed
}

// codeOfOutcome returns the code of cells that were left for the outcome, without an
// error.
func codeOfOutcome(o report.Outcome) diag.Code {
	switch o {
	case report.NotReached:
		return diag.NotReached
	case report.Skipped:
		return diag.LeftOut
	default:
		return awserr.Class(o).DiagCode()
	}
}
