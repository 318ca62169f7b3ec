package doctor

import (
	"context"
	"fmt"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/plain"
)

// Quota is what AWS lets the functions of an account do at a time, and what this
// installation wants of it.
type Quota struct {
	// Concurrent is how many executions all functions of the account may have together;
	// Free is how many of them no function has reserved.
	Concurrent, Free int
	// Wanted is how many a run of this installation takes at most.
	Wanted int
}

// smallQuota is less than the usual quota of an account, 1,000. New accounts have
// less: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const smallQuota = 100

// quota says whether the account's quota of Lambda leaves room for a run. Only a deployed
// function has one.
func (e *examination) quota(ctx context.Context) {
	if e.Quota == nil {
		return
	}
	c := e.open("quota")
	q, err := e.Quota(ctx)
	if err != nil {
		c.skip("Lambda's quota in the account cannot be read: " + awserr.Message(err))
		return
	}
	c.Said = fmt.Sprintf("the account's functions may have %s at a time, %d of them not reserved", plain.Count(q.Concurrent, "execution", "executions"), q.Free)
	switch {
	case q.Free < q.Wanted:
		c.add(diag.Diagnostic{Severity: diag.Warning, Code: diag.QuotaSmall, Cause: fmt.Sprintf(
			"a run takes up to %s at a time, and %d of the account's %d are not reserved: some wait or are throttled", plain.Count(q.Wanted, "execution", "executions"), q.Free, q.Concurrent)})
	case q.Concurrent < smallQuota:
		c.add(diag.Diagnostic{Severity: diag.Note, Code: diag.QuotaSmall, Cause: fmt.Sprintf(
			"the account has a quota of %s, as new accounts have. It is enough for this installation; reservedConcurrency and a memorySize above 3008 MB may be refused", plain.Count(q.Concurrent, "execution", "executions"))})
	}
}
