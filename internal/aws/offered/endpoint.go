package offered

import (
	"errors"
	"net/url"
	"strings"

	"portolan/internal/aws/awserr"
)

// EndpointFix says what to do about an endpoint of a sort that AWS has for some of its
// services in some regions only; "" if it is of no such sort, or answered.
// https://docs.aws.amazon.com/general/latest/gr/rande.html
func EndpointFix(err error) string {
	var request *url.Error
	if !Suspect(err) || !errors.As(err, &request) {
		return ""
	}
	at, unparsed := url.Parse(request.URL)
	if unparsed != nil {
		return ""
	}
	sort, setting := "", ""
	switch host := at.Hostname(); {
	case strings.Contains(host, "fips"):
		sort, setting = "FIPS", "AWS_USE_FIPS_ENDPOINT"
	case strings.HasSuffix(host, ".api.aws"), strings.Contains(host, ".dualstack."):
		sort, setting = "dual-stack", "AWS_USE_DUALSTACK_ENDPOINT"
	default:
		return ""
	}
	return "there may be no " + sort + " endpoint " + at.Hostname() + ": unset " + setting + ", or leave the region out; otherwise " + awserr.Fix(err)
}
