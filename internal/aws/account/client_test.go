package account_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"portolan/internal/aws/account"
)

// TestClientFollowsNoRedirect answers with redirects, as a host does that wants the session's token.
func TestClientFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	}))
	t.Cleanup(aws.Close)
	client := account.Client()
	t.Cleanup(client.GetTransport().CloseIdleConnections)
	for _, to := range []string{
		other.URL + "/", strings.Replace(aws.URL, "127.0.0.1", "localhost", 1), "http://169.254.169.254/latest",
		strings.Replace(aws.URL, "http://", "https://", 1), "/same", "/?to=/",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, aws.URL+"/?to="+to, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Amz-Security-Token", "session-token")
		request.Close = true
		answer, err := client.Do(request)
		if err == nil {
			_ = answer.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "redirect, which is not followed") {
			t.Errorf("to %s: %v", to, err)
		}
	}
	if n := elsewhere.Load(); n > 0 {
		t.Errorf("%d requests went to another host", n)
	}
}
