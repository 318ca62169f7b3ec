package awssim_test

import (
	"bytes"
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"
)

func TestGenerateIsRepeatable(t *testing.T) {
	t.Parallel()
	write := func(seed uint64) string {
		var b bytes.Buffer
		plan := awssim.Plan{Seed: seed, Accounts: 150, Counts: map[string]int{awssim.Queue: 5, awssim.Instance: 9}}
		e := plan.Generate()
		if err := e.Validate(); err != nil {
			t.Fatal(err)
		}
		if err := e.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if diff := cmp.Diff(write(1), write(1)); diff != "" {
		t.Error(diff)
	}
	if write(1) == write(2) {
		t.Error("another seed gave the same estate")
	}
}

func TestGenerateCounts(t *testing.T) {
	t.Parallel()
	plan := awssim.Plan{Accounts: 101, Counts: map[string]int{awssim.Queue: 30, awssim.Instance: 100}, Regions: awssim.StandingRegions("aws")}
	e := plan.Generate()
	if got, want := e.Count(awssim.Queue), 100*17*30; got != want {
		t.Errorf("want %d queues, got %d", want, got)
	}
	if got, want := e.Count(awssim.Instance), 100*17*100; got != want {
		t.Errorf("want %d instances, got %d", want, got)
	}
}

func TestGenerateCanBeEntered(t *testing.T) {
	t.Parallel()
	plan := awssim.Plan{Accounts: 3, ExternalID: "ours", Counts: map[string]int{awssim.Bucket: 2}, Secrets: []awssim.Secret{{Name: "port", Value: "x"}}}
	e := plan.Generate()
	s := start(t, e, awssim.Options{})
	keys := credentials.NewStaticCredentialsProvider(awssim.BaseAccessKeyID, awssim.BaseSecretAccessKey, "")
	cfg := config(t, s, ireland, keys)
	_, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &e.Accounts[0].Secrets[0].Name})
	wantCode(t, err, "", 0)
	wantCode(t, probes["s3"](t.Context(), cfg), "AccessDenied", 403)
	for _, account := range e.Accounts {
		session, err := s.Assume(account.ID, "PortolanRead", "test")
		if err != nil {
			t.Fatal(err)
		}
		for _, service := range []string{"account", "ec2", "ecs", "lambda", "rds", "s3", "sqs"} {
			wantCode(t, probes[service](t.Context(), config(t, s, ireland, static(session))), "", 0)
		}
	}
}

// The identifiers of a population lead back to what they name.
func TestPopulationIsFoundByIdentifier(t *testing.T) {
	t.Parallel()
	e := smallEstate()
	for _, kind := range awssim.Kinds() {
		population(e, kind, ireland, 1200)
	}
	s := start(t, e, awssim.Options{})
	for _, kind := range awssim.Kinds() {
		t.Run(kind, func(t *testing.T) {
			seen := map[string]bool{}
			for _, r := range s.Resources(member, kind, ireland) {
				seen[r.ID] = true
				if err := s.Put(member, r); err != nil {
					t.Fatalf("%s cannot be put back: %v", r.ID, err)
				}
			}
			if len(seen) != 1200 || len(s.Resources(member, kind, ireland)) != 1200 {
				t.Errorf("want 1200 names that differ and stay, got %d and %d", len(seen), len(s.Resources(member, kind, ireland)))
			}
		})
	}
}
