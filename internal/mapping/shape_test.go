package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/mapping"
)

func TestShapes(t *testing.T) {
	t.Parallel()
	config, err := mapping.Compile([]byte(`{"resources":[{"kind":"AWS::SQS::Queue","selector":{"query":"true"},"port":{"entity":{"mappings":[
		{"identifier":".a","blueprint":"\"queue\"","properties":{"url":".u","arn":".a"},"relations":{"account":".i"}},
		{"identifier":".a","blueprint":".Type"}]}}}]}`),
		func(string) (mapping.Actions, bool) { return mapping.Actions{}, true })
	if err != nil || len(config.Resources) != 1 {
		t.Fatal(err, config.Diagnostics)
	}
	want := []mapping.Shape{
		{Blueprint: "queue", Properties: []string{"arn", "url"}, Relations: []string{"account"}},
		{Properties: []string{}, Relations: []string{}},
	}
	if diff := cmp.Diff(want, config.Resources[0].Shapes()); diff != "" {
		t.Error(diff)
	}
}
