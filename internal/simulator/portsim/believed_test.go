package portsim_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/portsim"
)

// owned returns the identifiers that the owned list shows.
func (p *port) owned() []string {
	p.t.Helper()
	r := p.want(p.post(listing, `{"datasource_prefix":"port-ocean/aws-v3/","datasource_suffix":"/my-aws/exporter"}`), 200)
	ids := []string{}
	for _, e := range r.body["entities"].([]any) {
		ids = append(ids, e.(map[string]any)["identifier"].(string))
	}
	return ids
}

func (p *port) wantOwned(when string, ids ...string) {
	p.t.Helper()
	if d := cmp.Diff(append([]string{}, ids...), p.owned()); d != "" {
		p.t.Errorf("%s: %s", when, d)
	}
}

func TestAnApostropheIsPartOfAnIdentifier(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(upsert, `{"identifier":"o'hara"}`)
	p.entity("bucket", "o'hara")
	p.want(p.post(bulk+upsert, entitiesOf(`{"identifier":"o\"hara"}`)), 422)
}

func TestTheOwnedListLags(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(upsert, `{"identifier":"old"}`, `{"identifier":"theirs"}`)
	p.LagLists(2 * time.Second)
	p.clock.Advance(time.Minute)
	p.put(upsert, `{"identifier":"new"}`)
	if err := p.PutEntity("bucket", []byte(`{"identifier":"theirs"}`), "someone"); err != nil {
		t.Fatal(err)
	}
	p.want(p.post(remove+"?delete_dependents=false", `{"entities":["old"]}`), 200)
	p.wantOwned("at once", "old", "theirs")
	p.clock.Advance(time.Second)
	p.wantOwned("a second later", "old", "theirs")
	p.clock.Advance(time.Second)
	p.wantOwned("after the lag", "new")

	p.put(upsert, `{"identifier":"last"}`)
	p.LagLists(0)
	p.wantOwned("without a lag", "last", "new")
}

func TestALagIsOfTheListAlone(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{ListLag: time.Hour})
	p.put(upsert, `{"identifier":"new"}`)
	p.wantOwned("at once")
	r := p.want(p.post("/v1/entities/search?include=identifier", `{"combinator":"and","rules":[{"property":"$identifier","operator":"=","value":"new"}]}`), 200)
	if d := cmp.Diff([]any{map[string]any{"identifier": "new"}}, r.body["entities"]); d != "" {
		t.Error(d)
	}
}

func TestTheOwnedListLacksAnEntityOnce(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(upsert, `{"identifier":"a"}`, `{"identifier":"b"}`)
	p.Inject(portsim.ListLacks("a"))
	p.wantOwned("once", "b")
	p.wantOwned("then", "a", "b")
}

func TestADeleteMayWantAllOfItsEntities(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{DeleteWantsAll: true})
	p.put(upsert, `{"identifier":"a"}`)
	p.refused(p.post(remove+"?delete_dependents=false", `{"entities":["a","gone"]}`), 404, "not_found", "gone")
	p.entity("bucket", "a")
	p.want(p.post(remove+"?delete_dependents=false", `{"entities":["a"]}`), 200)
}

func TestAnAnswerIsLostAfterTheCallTookPlace(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(upsert, `{"identifier":"a"}`)
	p.Inject(portsim.AnswerLost("POST", portsim.BulkDeleteRoute))
	func() {
		defer func() {
			if cut, _ := recover().(error); !errors.Is(cut, http.ErrAbortHandler) {
				t.Errorf("the call ended with %v", cut)
			}
		}()
		p.post(remove+"?delete_dependents=false", `{"entities":["a"]}`)
	}()
	if got := p.identifiers("bucket"); len(got) != 0 {
		t.Errorf("left %v", got)
	}
}

func TestAnswersThatNameNoEntity(t *testing.T) {
	t.Parallel()
	const single = "/v1/blueprints/bucket/entities"
	for name, fault := range portsim.UnnamedUpserts() {
		t.Run("single/"+name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			p.Inject(fault)
			r := p.want(p.post(single+upsert, `{"identifier":"a"}`), 200)
			if strings.Contains(r.raw, `"identifier":"a"`) {
				t.Errorf("answer %s", r.raw)
			}
			if _, written := p.Entity("bucket", "a"); written {
				t.Error("the entity was written")
			}
		})
	}
	whole := start(t, portsim.Options{})
	usual := whole.want(whole.post(bulk+upsert, entitiesOf(`{"identifier":"a"}`, `{"identifier":"b"}`)), 200).raw
	for name, fault := range portsim.UnnamedBulks() {
		t.Run("bulk/"+name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			p.Inject(fault)
			if r := p.want(p.post(bulk+upsert, entitiesOf(`{"identifier":"a"}`, `{"identifier":"b"}`)), 200); r.raw == usual {
				t.Errorf("answer %s", r.raw)
			}
		})
	}
}

func TestFieldsThatAnswersLeaveOut(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{NoEcho: []string{"processingMode"}})
	if err := p.PutIntegration([]byte(`{"installationId":"my-aws","installationAppType":"aws-v3","version":"1.2.3","changelogDestination":{},"config":{}}`)); err != nil {
		t.Fatal(err)
	}
	r := p.want(p.send(request{method: "PATCH", path: "/v1/integration/my-aws", body: `{"processingMode":"ocean-core"}`}), 200)
	for _, answer := range []response{r, p.want(p.send(request{method: "GET", path: "/v1/integration/my-aws"}), 200)} {
		if strings.Contains(answer.raw, "processingMode") || !strings.Contains(answer.raw, "aws-v3") {
			t.Errorf("answer %s", answer.raw)
		}
	}
	if in, _ := p.Integration("my-aws"); in.ProcessingMode != "ocean-core" {
		t.Errorf("kept %+v", in)
	}
}
