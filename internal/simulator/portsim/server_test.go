package portsim_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"portolan/internal/simulator/portsim"
)

func TestServerIsAHandler(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	var h http.Handler = portsim.New(portsim.Options{})
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/blueprints", nil))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("status %d", w.Code)
	}
}

func TestListenRefusesAWrongAddress(t *testing.T) {
	t.Parallel()
	if _, _, err := portsim.New(portsim.Options{}).Listen("nowhere:x"); err == nil {
		t.Error("no error")
	}
}
