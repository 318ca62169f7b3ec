package settings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"portolan/internal/diag"
	"portolan/internal/secret"
)

// Credentials returns Port's client id and secret: those of the environment, or
// those of the secret that PORT_SECRET_ARN names, which it reads with fetch.
// Each call reads again, so that a rotated secret is found by asking once more.
//
// The secret holds {"PORT_CLIENT_ID": "…", "PORT_CLIENT_SECRET": "…"}; other
// keys are ignored. An error names the secret and never shows any part of what
// it holds.
func (s *Settings) Credentials(
	ctx context.Context, fetch func(ctx context.Context, arn string) (string, error),
) (id, key secret.Text, err error) {
	if s.Port.SecretARN == "" {
		return s.Port.ClientID, s.Port.ClientSecret, nil
	}
	text, err := fetch(ctx, s.Port.SecretARN)
	if err != nil {
		return "", "", fmt.Errorf("read Port's credentials from %s: %w", s.Port.SecretARN, err)
	}
	id, key, err = ParseCredentials(text)
	if err != nil {
		return "", "", diag.With(diag.SecretMisshape, fmt.Errorf("read Port's credentials from %s: %w; "+
			`the secret should hold {"PORT_CLIENT_ID":"…","PORT_CLIENT_SECRET":"…"}`, s.Port.SecretARN, err))
	}
	return id, key, nil
}

// ParseCredentials reads what the secret holds. Its error does not show any part of it.
func ParseCredentials(text string) (id, key secret.Text, err error) {
	var held map[string]any
	// The decoder's own error is dropped on purpose: it quotes its input.
	if json.Unmarshal([]byte(text), &held) != nil || held == nil {
		return "", "", errors.New("the secret is not a JSON object")
	}
	if id, err = credential(held, "PORT_CLIENT_ID"); err != nil {
		return "", "", err
	}
	if key, err = credential(held, "PORT_CLIENT_SECRET"); err != nil {
		return "", "", err
	}
	return id, key, nil
}

func credential(held map[string]any, key string) (secret.Text, error) {
	value, ok := held[key]
	if !ok {
		return "", fmt.Errorf("the secret has no key %s", key)
	}
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("the secret's %s is not a text", key)
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", fmt.Errorf("the secret's %s is empty", key)
	}
	return secret.Text(text), nil
}
