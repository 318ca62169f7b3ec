//go:build bench

package main

import (
	"strings"

	"portolan/internal/simulator/awssim"
)

// resourcesPerRegion makes 200 resources in an account with four regions in use, as
// real estates have them: mostly machines, disks, functions and queues.
var resourcesPerRegion = map[string]int{
	awssim.Instance: 6, awssim.Volume: 7, awssim.Function: 5, awssim.Queue: 4, awssim.Bucket: 2, awssim.Topic: 3,
	awssim.Table: 2, awssim.Key: 2, awssim.Repository: 2, awssim.Cluster: 1, awssim.Service: 2, awssim.TaskDefinition: 3,
	awssim.DBInstance: 1, awssim.DBCluster: 1, awssim.CacheCluster: 1, awssim.Project: 1, awssim.BuildRun: 3,
	awssim.Application: 1, awssim.DeploymentGroup: 1, awssim.Deployment: 1, awssim.Pipeline: 1,
}

const externalID = "external-id-of-the-benchmark"

// estate has as many members, each with 200 resources in four of its 17 regions,
// and the management account.
func estate(members int) (e awssim.Estate, roleARN string) {
	return estateOf(members, resourcesPerRegion)
}

// estateOf is estate with other resources in each of the four regions.
func estateOf(members int, counts map[string]int) (e awssim.Estate, roleARN string) {
	e = awssim.Plan{Accounts: members + 1, Counts: counts, ExternalID: externalID}.Generate()
	return e, roleOf(e)
}

// roleOf returns the ARN of the role that a run assumes first.
func roleOf(e awssim.Estate) string {
	role := e.Accounts[0].Roles[0]
	return "arn:aws:iam::" + e.Accounts[0].ID + ":role/" + strings.TrimPrefix(role.Path, "/") + role.Name
}
