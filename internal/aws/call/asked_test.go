package call_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/call"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/simulator/awssim"
)

// served takes the place of the SDK's HTTP client and hands requests to the simulator.
type served struct{ handler http.Handler }

func (s served) Do(r *http.Request) (*http.Response, error) {
	r.RequestURI, r.Host = r.URL.RequestURI(), r.URL.Host
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// TestParentsAreListedOnce: types beneath the same parents ask for these once, and what only one
// of them asks is not kept.
func TestParentsAreListedOnce(t *testing.T) {
	t.Parallel()
	const account, region = "111122223333", "eu-west-1"
	const cluster, nodes, addons = "AWS::EKS::Cluster", "AWS::EKS::Nodegroup", "AWS::EKS::Addon"
	var resources []awssim.Resource
	for kind, id := range map[string]string{cluster: "prod", nodes: "prod/blue", addons: "prod|coredns"} {
		resources = append(resources, awssim.Resource{Kind: kind, Region: region, ID: id})
	}
	s, err := awssim.New(awssim.Estate{Accounts: []awssim.Account{{
		ID: account, Name: "shop", Roles: []awssim.Role{{Name: "reader", Permissions: awssim.Permissions{Allow: []string{"*"}}}}, Resources: resources,
	}}}, awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Assume(account, "reader", "test")
	if err != nil {
		t.Fatal(err)
	}
	kinds := []*kind.Kind{cloudcontrol.Find(nodes), cloudcontrol.Find(addons)}
	desk := call.NewSharing([][]string{kinds[0].Questions(nil), kinds[1].Questions(nil)}, 1<<20).NewDesk()
	gate := call.NewGate(call.Limits{}, cloudcontrol.Rates, slog.New(slog.DiscardHandler))
	for range kinds {
		desk.Seat()
	}
	for _, k := range kinds {
		config := gate.Config(aws.Config{
			BaseEndpoint: aws.String("http://simulator"), HTTPClient: served{s},
			Credentials: credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, id.SessionToken),
		}, account, region, k.Service.Prefix, desk)
		target := kind.Target{Account: account, Region: region, Partition: "aws", Config: config}
		documents := 0
		for _, err := range k.Read(t.Context(), target, kind.Options{Parallel: 1, Budget: kind.NewRoom(1000)}) {
			if err != nil {
				t.Errorf("%s: %v", k.Type, err)
			}
			documents++
		}
		if documents != 1 {
			t.Errorf("%s: %d documents", k.Type, documents)
		}
		desk.Leave()
	}
	asked := map[string]int{}
	for _, c := range s.Calls() {
		asked[c.Operation]++
	}
	if diff := cmp.Diff(map[string]int{"ListResources": 3, "GetResource": 2}, asked); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}
