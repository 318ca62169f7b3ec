package kind_test

import (
	"context"
	"encoding/json"
	"fmt"

	"portolan/internal/aws/kind"
)

// A kind is a declaration: how its resources are found, what completes them, and
// which of AWS's members its documents have. This one is answered from memory.
func Example() {
	harbour := &kind.Kind{
		Type: "AWS::Example::Harbour", Service: kind.Service{Prefix: "example"},
		List: kind.Listing{
			Name: "ListHarboursAction", Actions: []string{"example:ListHarbours"},
			Pages: func(context.Context, kind.Target) kind.Pages {
				return kind.Ask(func() (kind.Object, error) {
					return kind.Object{"harbourNames": []any{"Genova", "Palma"}}, nil
				}, kind.Names("harbourNames", "harbourName"))
			},
		},
		Optional: []kind.FollowUp{{
			Name: "GetDepthAction", Actions: []string{"example:GetDepth"},
			Call: kind.Each(func(_ context.Context, _ kind.Target, r *kind.Resource) (kind.Object, error) {
				return kind.Object{"depth": 2 * len(r.ID), "tide": "low"}, nil
			}),
		}},
		Document: kind.Form{Properties: `HarbourName Depth`},
	}

	target := kind.Target{Account: "111122223333", Region: "eu-south-1"}
	options := kind.Options{Actions: []string{"GetDepthAction"}, Parallel: 4, Budget: kind.NewRoom(100)}
	for document, err := range harbour.Read(context.Background(), target, options) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		text, _ := json.Marshal(document)
		fmt.Println(string(text))
	}
	// Output:
	// {"Properties":{"Depth":12,"HarbourName":"Genova"},"Type":"AWS::Example::Harbour","__ExtraContext":{"AccountId":"111122223333","Region":"eu-south-1"}}
	// {"Properties":{"Depth":10,"HarbourName":"Palma"},"Type":"AWS::Example::Harbour","__ExtraContext":{"AccountId":"111122223333","Region":"eu-south-1"}}
}
