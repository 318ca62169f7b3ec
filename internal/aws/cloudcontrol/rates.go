package cloudcontrol

import "portolan/internal/aws/kind"

// Rates are how often Cloud Control is called in an account and region, by all types together.
// AWS documents no rates of its reads. Others have seen it throttle at some sixty lists a minute
// and some ten reads a second, which the user guide's limits for writes do not say. What throttles
// all the same slows down further.
var Rates = []kind.Rate{
	{Service: "CloudControl", Operations: []string{"ListResources"}, PerSecond: 1, Burst: 10, Source: "https://github.com/ekristen/aws-nuke/pull/510"},
	{Service: "CloudControl", Operations: []string{"GetResource"}, PerSecond: 8, Burst: 8, Source: "https://github.com/port-labs/ocean/pull/1312"},
}
