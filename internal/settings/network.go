package settings

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portolan/internal/diag"
)

// proxyNames are the variables of proxies that Go's programs use. Where both forms of a name are set,
// it depends on Go's version which wins.
var proxyNames = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"}

// Network judges what the environment says of the way to AWS and Port: proxies, and files of
// certificates, which read returns. Go takes a proxy that it cannot read for none, and connects
// directly. Remarks say what has no effect. Neither they nor the error show a proxy, which
// may hold a password.
func Network(environ []string, read func(file string) ([]byte, error)) (remarks []string, err error) {
	values := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	var problems []error
	for _, name := range proxyNames {
		if value := values[name]; value != "" && !isProxy(value) {
			problems = append(problems, fmt.Errorf("%s holds no address of a proxy (the value is not shown); it should hold one with the scheme "+
				"http, https or socks5, such as http://proxy.example.com:3128", name))
		}
	}
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY"} {
		if lower := strings.ToLower(name); values[name] != "" && values[lower] != "" && values[name] != values[lower] {
			problems = append(problems, fmt.Errorf("%s and %s hold different proxies; keep one of them", name, lower))
		}
	}
	if values["ALL_PROXY"]+values["all_proxy"] != "" && values["HTTPS_PROXY"]+values["https_proxy"] == "" {
		remarks = append(remarks, "ALL_PROXY is not used: AWS and Port are called without a proxy, unless HTTPS_PROXY names it")
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		if strings.Contains(values[name], "://") {
			remarks = append(remarks, name+" has an entry with a scheme, which matches no host; write the host alone")
		}
	}
	// The SDK cannot do without this file, and Go can do without the other.
	if why := lackOf(values["AWS_CA_BUNDLE"], read); why != "" {
		problems = append(problems, fmt.Errorf("AWS_CA_BUNDLE holds %s, %s; it should hold the path of a file with certificates in PEM", quote(values["AWS_CA_BUNDLE"]), why))
	}
	if why := lackOf(values["SSL_CERT_FILE"], read); why != "" {
		remarks = append(remarks, fmt.Sprintf("SSL_CERT_FILE has no effect: %s, %s", quote(values["SSL_CERT_FILE"]), why))
	}
	return remarks, diag.With(diag.SettingsWrong, errors.Join(problems...))
}

// isProxy reports whether Go's transport can use a value, which may lack the scheme http.
func isProxy(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" {
		u, err = url.Parse("http://" + text)
	}
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || strings.ContainsAny(text, "?#") {
		return false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	}
	return slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}

// lackOf says why a file of certificates cannot be used; "" if it can, or if none is named.
func lackOf(file string, read func(string) ([]byte, error)) string {
	if file == "" {
		return ""
	}
	text, err := read(file)
	switch {
	case err != nil:
		return "which cannot be read"
	case !x509.NewCertPool().AppendCertsFromPEM(text):
		return "which has no certificate"
	}
	return ""
}

// quote shows a value, cut.
func quote(text string) string {
	if short := []rune(text); len(short) > longestShown {
		text = string(short[:longestShown]) + "…"
	}
	return strconv.Quote(text)
}

// longestShown is how many characters of a value an error shows.
const longestShown = 100
