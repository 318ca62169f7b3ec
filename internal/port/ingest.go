package port

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"portolan/internal/plain"
)

// ingest are the addresses beside the API that Port names, "" if there is none to which the
// token may go. Remarks say which are not used, and why.
type ingest struct {
	logs, metrics string
	remarks       []string
}

// learnIngest keeps the addresses that Port names, if the token may be sent there.
func (c *Client) learnIngest(in Integration) {
	var found ingest
	found.logs = c.entrusted(in.Logs.URL, "the log", &found.remarks)
	found.metrics = c.entrusted(in.Metrics.URL, "the figures", &found.remarks)
	before := c.ingest.Swap(&found)
	if before != nil && slices.Equal(before.remarks, found.remarks) {
		return
	}
	for _, remark := range found.remarks {
		c.log.Warn(remark)
	}
}

// hostRemarks says which of Port's addresses are not used.
func (c *Client) hostRemarks() []string {
	if known := c.ingest.Load(); known != nil {
		return known.remarks
	}
	return nil
}

// entrusted returns an address without its last slash, or "" and a remark if the token may not
// go there.
func (c *Client) entrusted(address, what string, remarks *[]string) string {
	if address == "" {
		return ""
	}
	u, err := url.Parse(address)
	if err == nil && c.trusts(u) {
		return strings.TrimRight(address, "/")
	}
	named := "an address that is not a URL"
	if err == nil && u.Host != "" {
		named = plain.Line(u.Scheme+"://"+u.Host, 100)
	}
	*remarks = append(*remarks, fmt.Sprintf("Port does not get %s of a resync: it names %s for that, which is neither a host of Port nor that of "+
		"OCEAN__PORT__BASE_URL, and the token of the organization is not sent to any other", what, named))
	return ""
}

var (
	// portsHost matches the hosts of Port: https://docs.port.io/api-reference/port-api
	portsHost = regexp.MustCompile(`^([a-z0-9-]+\.)*(getport|port)\.io$`)
	// plainHost matches hosts that are what they look like.
	plainHost = regexp.MustCompile(`^[A-Za-z0-9.:\[\]-]+$`)
)

// trusts reports whether the token may go to an address: to the host and the port that the
// settings name, in the same way, or to Port, unseen. An answer of Port alone names no other
// host, because who writes it could take the token, or call what only this machine can.
func (c *Client) trusts(u *url.URL) bool {
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || !plainHost.MatchString(u.Host) {
		return false
	}
	if u.Scheme == c.api.Scheme && strings.EqualFold(u.Host, c.api.Host) {
		return true
	}
	return u.Scheme == "https" && (u.Port() == "" || u.Port() == "443") && portsHost.MatchString(strings.ToLower(u.Hostname()))
}
