package resync

import (
	"fmt"
	"testing"

	"portolan/internal/aws/kind"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/reconcile"
)

func TestOneReasonOfCellsThatProveAsLittle(t *testing.T) {
	t.Parallel()
	v := newView()
	for region := range 20 {
		v.end(cell.Name{Account: "111122223333", Region: fmt.Sprintf("region-%02d", region), Kind: "AWS::SQS::Queue"}, cellEnd{reconcile.NotRead, "denied"})
		v.end(cell.Name{Account: "111122223333", Region: fmt.Sprintf("policy-%02d", region), Kind: "AWS::SQS::Queue"}, cellEnd{reconcile.Closed, "closed"})
	}
	want := cellEnd{reconcile.NotRead, " in account 111122223333, region-00: denied"}
	for range 20 {
		if got, found := v.worst("AWS::SQS::Queue", kind.Regional); !found || got != want {
			t.Fatalf("worst is %+v, %t; want %+v", got, found, want)
		}
	}
	if got, found := v.worst("AWS::SNS::Topic", kind.Regional); found {
		t.Errorf("a kind whose cells were all read has %+v", got)
	}
}
