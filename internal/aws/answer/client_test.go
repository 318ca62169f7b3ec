package answer

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

func TestBodiesHaveNoWriteTo(t *testing.T) {
	t.Parallel()
	var sent string
	client := Client(&http.Client{Transport: transportFunc(func(request *http.Request) (*http.Response, error) {
		if _, ok := request.Body.(io.WriterTo); ok {
			t.Error("the transport sees WriteTo")
		}
		body, err := io.ReadAll(request.Body)
		sent = string(body)
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, err
	})})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/", strings.NewReader("Action=ListTopics"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := request.Body.(io.WriterTo); !ok {
		t.Fatal("net/http no longer makes bodies with WriteTo: this test shows nothing")
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	if sent != "Action=ListTopics" || request.ContentLength != int64(len(sent)) {
		t.Errorf("sent %q", sent)
	}
}
