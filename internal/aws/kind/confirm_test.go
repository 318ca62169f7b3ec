package kind_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portolan/internal/aws/kind"
)

// TestConfirming asks about many resources of a place with one client.
func TestConfirming(t *testing.T) {
	t.Parallel()
	clients, asked := 0, 0
	k := &kind.Kind{
		Service: kind.Service{Client: func(c aws.Config) any { clients++; return c.Region }},
		Confirm: func(_ context.Context, t kind.Target, id string) (bool, error) {
			asked++
			return kind.ClientOf[string](t) == id, nil
		},
	}
	ask := k.Confirming(kind.Target{Config: aws.Config{Region: "eu-west-1"}})
	for id, want := range map[string]bool{"eu-west-1": true, "us-east-1": false} {
		if exists, err := ask(t.Context(), id); exists != want || err != nil {
			t.Errorf("%s exists: %t, %v", id, exists, err)
		}
	}
	if clients != 1 || asked != 2 {
		t.Errorf("%d clients, %d questions", clients, asked)
	}
}
