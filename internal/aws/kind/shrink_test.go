package kind

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
)

func TestShrink(t *testing.T) {
	t.Parallel()
	type input struct {
		MaxResults, MaxRecords *int32
		Name                   *string
	}
	tests := map[string]struct {
		service string
		given   input
		want    input
	}{
		"to one":                {"SQS", input{MaxResults: aws.Int32(1000)}, input{MaxResults: aws.Int32(1)}},
		"to what EC2 allows":    {"EC2", input{MaxResults: aws.Int32(500)}, input{MaxResults: aws.Int32(5)}},
		"to what RDS allows":    {"RDS", input{MaxRecords: aws.Int32(100)}, input{MaxRecords: aws.Int32(20)}},
		"never more":            {"EC2", input{MaxResults: aws.Int32(3)}, input{MaxResults: aws.Int32(3)}},
		"what says nothing not": {"EC2", input{Name: aws.String("x")}, input{Name: aws.String("x")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := shrink(&test.given, test.service); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, test.given); diff != "" {
				t.Error(diff)
			}
		})
	}
	if shrink(nil, "EC2") == nil {
		t.Error("no input was shrunk")
	}
}
