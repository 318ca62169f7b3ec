package nearest_test

import (
	"strings"
	"testing"

	"portolan/internal/nearest"
)

func TestName(t *testing.T) {
	t.Parallel()
	names := []string{"kinds", "accounts", "regions", "force", "allowMassDelete", "AWS::S3::Bucket", "AWS::SQS::Queue"}
	tests := map[string]struct{ got, want string }{
		"exact":              {"kinds", "kinds"},
		"one letter missing": {"kind", "kinds"},
		"one letter too many": {
			"AWS::S3::Buckets", "AWS::S3::Bucket",
		},
		"neighbours swapped":   {"froce", "force"},
		"other case":           {"Regions", "regions"},
		"words apart":          {"allow_mass_delete", "allowMassDelete"},
		"another word":         {"dryRun", ""},
		"same length, no more": {"roles", ""},
		"empty":                {"", ""},
		"absurdly long":        {strings.Repeat("kinds", 100), ""},
		"not latin":            {"rëgions", "regions"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := nearest.Name(tt.got, names)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("Name(%q) = %q, %v, want %q", tt.got, got, ok, tt.want)
			}
		})
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	if got, want := nearest.Hint("forse", []string{"force"}), `; did you mean "force"?`; got != want {
		t.Errorf("Hint = %q, want %q", got, want)
	}
	if got := nearest.Hint("other", []string{"force"}); got != "" {
		t.Errorf("Hint of a strange name = %q, want none", got)
	}
}
