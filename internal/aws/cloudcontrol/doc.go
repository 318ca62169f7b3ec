// Package cloudcontrol reads the resource types that have no file of their own in package
// kinds, by AWS Cloud Control: ListResources, and GetResource where a listing is not enough.
//
// It decides which types there are and what is known of each (types.tsv), where the values
// come from that a listing beneath a parent needs, which permissions a read role needs for a
// type, what the API's errors mean, and what a document is. It refuses what is not a read: a
// type whose handler declares kms:Decrypt or secretsmanager:GetSecretValue is read without.
package cloudcontrol
