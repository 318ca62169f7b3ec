package awssim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The vocabulary of made-up resources.
var (
	teams = []string{
		"checkout", "orders", "payments", "catalog", "search", "pricing", "shipping", "identity",
		"ledger", "billing", "returns", "loyalty", "inventory", "reporting", "platform", "mobile",
	}
	stages      = []string{"prod", "prod", "prod", "staging", "dev"}
	costCenters = []string{"cc-1010", "cc-1140", "cc-2230", "cc-3075", "cc-4410"}

	things = map[string][]string{
		Instance:   {"web", "api", "worker", "bastion", "runner", "broker", "cache", "proxy"},
		Bucket:     {"logs", "assets", "exports", "backups", "artifacts", "raw-events", "reports", "uploads"},
		Cluster:    {"services", "workers", "batch", "edge", "internal", "jobs"},
		Function:   {"resize-image", "sync-prices", "notify", "validate-order", "rotate-keys", "ingest", "webhook", "cleanup"},
		Queue:      {"events", "commands", "retries", "dead-letter", "notifications", "invoices", "imports", "audit"},
		DBInstance: {"postgres", "mysql", "aurora", "replica"},

		Project:         {"build", "unit-tests", "image", "integration-tests", "lint", "release", "docs", "migrations"},
		Application:     {"web", "api", "worker", "consumer", "scheduler", "gateway"},
		DeploymentGroup: {"production", "canary", "staging", "blue-green", "fleet"},
		Pipeline:        {"delivery", "release", "nightly", "hotfix", "infrastructure", "mainline"},

		Volume:             {"root", "data", "scratch", "logs"},
		Key:                {"data", "tokens", "backups", "logs"},
		Service:            {"web", "api", "worker", "consumer", "gateway", "scheduler"},
		TaskDefinition:     {"web", "api", "worker", "consumer", "migration", "report"},
		KubernetesCluster:  {"apps", "platform", "data", "edge"},
		Repository:         {"web", "api", "worker", "base", "tools", "migrations"},
		Table:              {"sessions", "orders", "carts", "events", "locks", "settings", "counters"},
		Topic:              {"events", "alarms", "deployments", "notifications", "orders", "audit"},
		DBCluster:          {"aurora", "ledger", "warehouse", "core"},
		CacheCluster:       {"sessions", "cache", "limits", "locks"},
		CacheUser:          {"reader", "writer", "admin", "service"},
		KafkaCluster:       {"events", "logs", "streams"},
		ServerlessKafka:    {"ingest", "audit", "telemetry"},
		EmailIdentity:      {"mail", "news", "receipts", "alerts"},
		EmailConfiguration: {"transactional", "marketing", "internal"},
	}
)

// firstCreated is when the oldest made-up resources appeared.
var firstCreated = time.Date(2021, time.March, 1, 6, 0, 0, 0, time.UTC)

// origin is the place of a population; it determines everything in it.
type origin struct {
	account, region, kind string
	lineage               *lineage // of what belongs to something
}

func (o origin) die(index int) *die {
	d := dieOf(o.kind, o.account, o.region)
	*d = die(uint64(*d) ^ uint64(index)*spread)
	return d
}

// hexPrefixes begin the IDs that are hexadecimal numbers.
var hexPrefixes = map[string]string{Instance: "i-0", Volume: "vol-0"}

// numbers is the seed of such numbers.
func (o origin) numbers() uint64 {
	if o.kind == Instance {
		return uint64(*dieOf(o.account, o.region))
	}
	return o.seed()
}

// id names the resource with an index.
func (o origin) id(index int) string {
	if owners[o.kind] != "" {
		return o.heirID(index)
	}
	switch o.kind {
	case Instance, Volume:
		return fmt.Sprintf("%s%016x", hexPrefixes[o.kind], scramble(index, o.numbers()))
	case Key:
		return longID(index, o.seed())
	}
	d := o.die(index)
	name := pick(d, teams) + "-" + pick(d, things[o.kind])
	number := fmt.Sprintf("%03d", index+1)
	switch {
	case o.kind == Bucket:
		return name + "-" + o.account + "-" + o.region + "-" + number
	case (o.kind == Queue || o.kind == Topic) && d.oneIn(16):
		return name + "-" + number + ".fifo"
	case o.kind == TaskDefinition:
		return name + "-" + number + ":" + strconv.Itoa(1+d.below(60))
	case o.kind == Repository:
		return strings.Replace(name, "-", "/", 1) + "-" + number
	case o.kind == EmailIdentity:
		return name + "-" + number + ".example.com"
	}
	return name + "-" + number
}

// index finds the index of the resource with an id; it need not be one of the
// population, nor in its range.
func (o origin) index(id string) (int, bool) {
	if owners[o.kind] != "" {
		return o.heirIndex(id)
	}
	switch o.kind {
	case Instance, Volume:
		x, err := strconv.ParseUint(strings.TrimPrefix(id, hexPrefixes[o.kind]), 16, 64)
		index := unscramble(x, o.numbers())
		return int(index), err == nil && index < 1<<31
	case Key:
		return longIndex(id, o.seed())
	}
	tail, _, _ := strings.Cut(id, ":")
	tail = strings.TrimSuffix(strings.TrimSuffix(tail, ".fifo"), ".example.com")
	number, err := strconv.Atoi(tail[strings.LastIndexByte(tail, '-')+1:])
	if err != nil || number < 1 || number > 1<<31 {
		return 0, false
	}
	return number - 1, o.id(number-1) == id
}

// resource makes the resource with an index.
func (o origin) resource(index int) Resource {
	r := Resource{Kind: o.kind, Region: o.region, ID: o.id(index)}
	if histories[o.kind] {
		r.Created = o.happened(index)
		return r
	}
	d := o.die(index)
	team, thing := pick(d, teams), pick(d, things[o.kind])
	d.next()
	r.Created = firstCreated.Add(time.Duration(d.below(o.years()*365*24)) * time.Hour).Add(time.Duration(d.below(3600)) * time.Second)
	r.Tags = map[string]string{
		"Name":        team + "-" + thing,
		"Team":        team,
		"Environment": pick(d, stages),
		"CostCenter":  pick(d, costCenters),
	}
	return r
}
