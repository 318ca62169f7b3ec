package settings_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/http/httpproxy"

	"portolan/internal/diag"
	"portolan/internal/settings"
)

// TestProxies judges proxies, in each of the variables. A proxy that passes is one for Go, too:
// otherwise a run would go past it in silence.
func TestProxies(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"": true, "http://proxy.example.com:3128": true, "https://proxy:443/": true, "socks5://10.0.0.1:1080": true, "socks5h://proxy": true,
		"http://user:hunter2@proxy:3128": true, "http://user:p%40ss@proxy": true, "proxy:3128": true, "10.0.0.1:8080": true, "http://[::1]:3128": true, "proxy": true,

		"http://proxy:port": false, "http://proxy:99999": false, "http://proxy:0": false, "http://": false, "://proxy": false, "ftp://proxy:21": false,
		"socks4://proxy:1080": false, "http:/proxy:3128": false, "http://user:hunter2@proxy:3128/path": false, "http://user:hun#ter2@proxy:3128": false,
		"http://proxy:3128?token=hunter2": false, "http://user:hun%zzter2@proxy": false, "http://pro xy:3128": false, "http://proxy\x1b[2J": false,
		"http://[::1:3128": false, "file:///etc/proxy": false, "direct://": false,
	} {
		for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
			remarks, err := settings.Network([]string{name + "=" + text}, nil)
			if good != (err == nil) || len(remarks) > 0 {
				t.Errorf("%s=%s: %v, %q", name, text, err, remarks)
			}
			if err != nil && (diag.Of(err) != diag.SettingsWrong || !strings.HasPrefix(err.Error(), name+" holds no address of a proxy") ||
				strings.Contains(err.Error(), "hun") || strings.Contains(err.Error(), "\x1b")) {
				t.Errorf("%s=%s: %v", name, text, err)
			}
		}
		config := httpproxy.Config{HTTPSProxy: text}
		used, err := config.ProxyFunc()(&url.URL{Scheme: "https", Host: "api.getport.io"})
		if good && text != "" && (err != nil || used == nil || used.Hostname() == "") {
			t.Errorf("%s passes, and Go makes %v of it (%v)", text, used, err)
		}
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	folder := fstest.MapFS{"ca.pem": {Data: certificate(t)}, "empty.pem": {}, "text.pem": {Data: []byte("no certificate")}}
	read := func(name string) ([]byte, error) { return fs.ReadFile(folder, name) }
	for name, test := range map[string]struct {
		environ       []string
		remarks, errs []string // how each begins
	}{
		"nothing":              {nil, nil, nil},
		"all is well":          {[]string{"NO_PROXY=.example.com,10.0.0.0/8", "HTTPS_PROXY=http://p", "https_proxy=http://p", "AWS_CA_BUNDLE=ca.pem", "SSL_CERT_FILE=ca.pem"}, nil, nil},
		"two proxies":          {[]string{"HTTPS_PROXY=http://a", "https_proxy=http://b"}, nil, []string{"HTTPS_PROXY and https_proxy hold different proxies"}},
		"a proxy for all":      {[]string{"ALL_PROXY=socks5://user:hunter2@p"}, []string{"ALL_PROXY is not used"}, nil},
		"a proxy for all too":  {[]string{"all_proxy=socks5://p", "HTTPS_PROXY=http://p"}, nil, nil},
		"no proxy for a URL":   {[]string{"NO_PROXY=https://vpce.example.com"}, []string{"NO_PROXY has an entry with a scheme"}, nil},
		"no such bundle":       {[]string{"AWS_CA_BUNDLE=gone.pem"}, nil, []string{`AWS_CA_BUNDLE holds "gone.pem", which cannot be read`}},
		"an empty bundle":      {[]string{"AWS_CA_BUNDLE=empty.pem"}, nil, []string{`AWS_CA_BUNDLE holds "empty.pem", which has no certificate`}},
		"no such certificates": {[]string{"SSL_CERT_FILE=gone.pem"}, []string{`SSL_CERT_FILE has no effect: "gone.pem", which cannot be read`}, nil},
		"no certificates":      {[]string{"SSL_CERT_FILE=text.pem"}, []string{`SSL_CERT_FILE has no effect: "text.pem", which has no certificate`}, nil},
		"several": {
			[]string{"HTTPS_PROXY=ftp://a", "HTTP_PROXY=ftp://b", "AWS_CA_BUNDLE=gone.pem"}, nil,
			[]string{"HTTPS_PROXY holds no", "HTTP_PROXY holds no", "AWS_CA_BUNDLE holds"},
		},
	} {
		remarks, err := settings.Network(test.environ, read)
		var errs []string
		if err != nil {
			errs = strings.Split(err.Error(), "\n")
		}
		for _, side := range [][2][]string{{remarks, test.remarks}, {errs, test.errs}} {
			got, want := side[0], side[1]
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || !strings.HasPrefix(got[i], want[i]) || strings.Contains(got[i], "hunter2") {
					t.Errorf("%s: got %q, want %q", name, got, want)
					break
				}
			}
		}
	}
}

func certificate(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1)}
	text, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: text})
}

// TestErrorsShowNoSecret puts secrets into every setting, in the forms in which people paste
// them.
func TestErrorsShowNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	forms := []string{
		"https://user:" + secret + "@api.getport.io/v1", "http://" + secret + "@api.getport.io", "https://api.getport.io?token=" + secret,
		"https://api.getport.io/v1?token=" + secret, "https://api.getport.io#" + secret, "https://api.getport.io/#token=" + secret,
		"http://api.getport.io/?X-Amz-Signature=" + secret, "user:" + secret + "@proxy", "\x1b]0;?" + secret,
	}
	for _, row := range settings.Table() {
		texts := forms
		if row.Secret || row.Type == "URL" || row.Name == "PORT_SECRET_ARN" { // a secret where one belongs, or alone
			texts = append(texts, secret, secret+"://", "{\"a\":\""+secret+"\"}", "eyJ"+secret+".x.y")
		}
		for _, text := range texts {
			s, err := settings.Load([]string{row.Name + "=" + text})
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s=%q: %v", row.Name, text, err)
			}
			if strings.Contains(strings.Join(s.Warnings, "\n"), secret) {
				t.Errorf("%s=%q: %q", row.Name, text, s.Warnings)
			}
		}
	}
}

func TestPortURL(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"https://api.getport.io": true, "https://api.getport.io/": true, "https://relay.example.com:8443/port": true, "http://localhost:8080": true, "http://[::1]:1": true,
		"https://api.getport.io?": false, "https://api.getport.io#": false, "https://api.getport.io?a": false, "https://u@api.getport.io": false,
		"http://api.getport.io": false, "http://169.254.169.254": false, "https://": false, "api.getport.io": false, "https://api.getport.io/v1": false,
		"file:///etc": false, "https:api.getport.io": false, "https://evil.example\\@api.getport.io": false,
	} {
		if _, err := settings.PortURL(text); good != (err == nil) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
