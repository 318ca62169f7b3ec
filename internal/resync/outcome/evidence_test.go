package outcome

import (
	"fmt"
	"log/slog"
	"testing"

	"portolan/internal/resync/cell"
	"portolan/internal/resync/reconcile"
)

func TestOneReasonOfCellsThatProveAsLittle(t *testing.T) {
	t.Parallel()
	b := NewBook(slog.New(slog.DiscardHandler), &Progress{})
	for region := range 20 {
		b.sight.Proofs[cell.Name{Account: "111122223333", Region: cell.Region(fmt.Sprintf("region-%02d", region)), Kind: "AWS::SQS::Queue"}] = proof{reconcile.NotRead, "denied"}
		b.sight.Proofs[cell.Name{Account: "111122223333", Region: cell.Region(fmt.Sprintf("policy-%02d", region)), Kind: "AWS::SQS::Queue"}] = proof{reconcile.Closed, "closed"}
	}
	want := proof{reconcile.NotRead, " in account 111122223333, region-00: denied"}
	for range 20 {
		if got, found := b.worst("AWS::SQS::Queue"); !found || got != want {
			t.Fatalf("worst is %+v, %t; want %+v", got, found, want)
		}
	}
	if got, found := b.worst("AWS::SNS::Topic"); found {
		t.Errorf("a kind whose cells were all read has %+v", got)
	}
}
