package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"portolan/internal/simulator/awssim"
)

// completed returns what a shell offers after the words.
func completed(t *testing.T, env []string, words ...string) []string {
	t.Helper()
	var out, errOut bytes.Buffer
	if code := command(t.Context(), append([]string{"__complete"}, words...), env, &out, &errOut); code != exitDone {
		t.Fatalf("%v: exit code %d: %s", words, code, errOut.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[:len(lines)-1] // the last is for the shell
}

// TestCompletion asks as a shell does.
func TestCompletion(t *testing.T) {
	t.Parallel()
	_, _, env := simulated(t)
	for want, words := range map[string][]string{
		"resync\tRead AWS and make Port's catalog equal to it": {"res"},
		"--kinds\tread only these kinds, AWS::S3::Bucket,…":    {"resync", "--ki"},
		"AWS::SQS::Queue":                 {"resync", "--kinds", ""},
		"AWS::SQS::Queue,AWS::SNS::Topic": {"plan", "--kinds", "AWS::SQS::Queue,"},
		"eu-west-1":                       {"doctor", "--regions", ""},
		"json":                            {"kinds", "--output", ""},
		"warn":                            {"resync", "--log-level", ""},
		"aws-us-gov":                      {"policy", "--partition", ""},
		awssim.Bucket:                     {"read", ""},
		"ListQueueTagsAction":             {"read", awssim.Queue, "--include-actions", ""},
		"PTL-303\tThe base identity cannot be used": {"explain", ""},
	} {
		if got := completed(t, env, words...); !slices.Contains(got, want) {
			t.Errorf("%v: %.300q lacks %q", words, got, want)
		}
	}
	if got := completed(t, env, "resync", "--kinds", "AWS::SQS::Queue,"); slices.Contains(got, "AWS::SQS::Queue,AWS::SQS::Queue") {
		t.Error("a list is offered what it has")
	}
}

// TestCompletionScripts wants the scripts as cobra makes them: nothing may be stripped from them.
func TestCompletionScripts(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		var out, errOut bytes.Buffer
		code := command(t.Context(), []string{"completion", shell}, nil, &out, &errOut)
		if code != exitDone || !strings.Contains(out.String(), "__complete") || strings.ContainsRune(out.String(), '\ufffd') {
			t.Errorf("%s: exit code %d, %s", shell, code, errOut.String())
		}
	}
}
