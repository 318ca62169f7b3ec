package catalog

import (
	"strings"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
)

// What stands for AWS's values in a document.
const (
	someValue   = "…"
	someAccount = "111122223333"
	someRegion  = "eu-west-1"
)

// genericForm returns a document of a type that is read through Cloud Control, with the
// properties that the table knows. AWS's schema of the type has more.
func genericForm(of cloudcontrol.Type) kind.Object {
	properties := kind.Object{}
	for _, path := range append([]string{of.ARN}, of.Identifier...) {
		if path != "" {
			put(properties, path, someValue)
		}
	}
	// Tags that are write-only never come back; tags in a list of something else have no one form.
	if name, ok := strings.CutSuffix(of.Tags, "[]"); ok && !strings.Contains(name, "[") {
		put(properties, name, []any{kind.Object{"Key": someValue, "Value": someValue}})
	} else if name, ok := strings.CutSuffix(of.Tags, "{}"); ok {
		put(properties, name, kind.Object{someValue: someValue})
	}
	parts := make([]string, len(of.Identifier))
	for i := range parts {
		parts[i] = someValue
	}
	region := someRegion
	if home, global := strings.CutPrefix(of.Scope, "global:"); global {
		region = home
	}
	return kind.Object{
		"Type": of.Name, "Identifier": strings.Join(parts, "|"), "Properties": properties,
		"__ExtraContext": kind.Object{"AccountId": someAccount, "Region": region},
		"__Kind":         of.Name, "__AccountId": someAccount, "__Region": region,
	}
}

// put puts a value at a path of names, which dots or slashes separate.
func put(object kind.Object, path string, value any) {
	names := strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '/' })
	for _, name := range names[:len(names)-1] {
		inner, ok := object[name].(kind.Object)
		if !ok {
			inner = kind.Object{}
			object[name] = inner
		}
		object = inner
	}
	object[names[len(names)-1]] = value
}

// nativeForm returns a document of a native kind, with the properties that its form names.
func nativeForm(k *kind.Kind) kind.Object {
	properties := kind.Object{}
	for _, name := range k.Document.Names() {
		properties[name] = someValue
	}
	document := kind.Object{"Type": k.Type, "Properties": properties}
	switch k.Scope {
	case kind.Management:
	case kind.Global:
		document["__ExtraContext"] = kind.Object{"AccountId": someAccount}
	default:
		document["__ExtraContext"] = kind.Object{"AccountId": someAccount, "Region": someRegion}
	}
	return document
}
