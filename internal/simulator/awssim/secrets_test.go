package awssim_test

import (
	"strings"
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

func TestGetSecretValue(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	client := secretsmanager.NewFromConfig(config(t, s, ireland, base()))
	first, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("port")})
	wantCode(t, err, "", 0)
	if *first.SecretString != `{"PORT_CLIENT_ID":"a"}` || *first.Name != "port" {
		t.Errorf("got %+v", first)
	}
	if err := s.SetSecret(management, awssim.Secret{Name: "port", Region: ireland, Value: "rotated"}); err != nil {
		t.Fatal(err)
	}
	second, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: first.ARN})
	wantCode(t, err, "", 0)
	if *second.SecretString != "rotated" || *second.VersionId == *first.VersionId {
		t.Errorf("got %+v", second)
	}
	tests := []struct {
		name string
		in   secretsmanager.GetSecretValueInput
		code string
		says string
	}{
		{"no such secret", secretsmanager.GetSecretValueInput{SecretId: aws.String("gone")}, "ResourceNotFoundException",
			"can't find the specified secret."},
		{"old version", secretsmanager.GetSecretValueInput{SecretId: aws.String("port"), VersionId: first.VersionId}, "ResourceNotFoundException",
			"can't find the specified secret value for VersionId: " + *first.VersionId},
		{"no such stage", secretsmanager.GetSecretValueInput{SecretId: aws.String("port"), VersionStage: aws.String("AWSPENDING")}, "ResourceNotFoundException",
			"can't find the specified secret value for staging label: AWSPENDING"},
		{"created without a value", secretsmanager.GetSecretValueInput{SecretId: aws.String("empty")}, "ResourceNotFoundException",
			"can't find the specified secret value for staging label: AWSCURRENT"},
		{"another account's", secretsmanager.GetSecretValueInput{
			SecretId: aws.String("arn:aws:secretsmanager:eu-west-1:" + member + ":secret:port-abcdef"),
		}, "AccessDeniedException", "is not authorized"},
	}
	if err := s.SetSecret(management, awssim.Secret{Name: "empty", Region: ireland}); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := client.GetSecretValue(t.Context(), &test.in)
			wantCode(t, err, test.code, 400)
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("it says %v, not %q", err, test.says)
			}
		})
	}
	_, err = secretsmanager.NewFromConfig(config(t, s, ohio, base())).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("port")})
	wantCode(t, err, "ResourceNotFoundException", 400)
}
