variable "archive" {
  description = "The function: portolan-linux-arm64.zip of a release."
  type        = string
}

variable "name" {
  description = "The name of the function, and the beginning of other names."
  type        = string
  default     = "Portolan"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,26}$", var.name))
    error_message = "The name should have at most 27 letters, digits and dashes, a letter first."
  }
}

variable "integration_identifier" {
  description = "The integration's identifier in Port. If you come from aws-v3, keep the one you have."
  type        = string
  default     = "portolan"
}

variable "organization_id" {
  description = "The Organization to read, o-…, from its management account. Without it, only the account itself is read."
  type        = string
  default     = ""
}

variable "organizational_units" {
  description = "The root of the Organization, r-…, or organizational units, ou-…, whose accounts are read."
  type        = list(string)
  default     = []
}

variable "accounts_exclude" {
  description = "Accounts of the Organization that are not read and get no role."
  type        = list(string)
  default     = []
}

variable "external_id" {
  description = "What the read roles require of whoever assumes them: any text of at least 16 characters that you choose. Only with organization_id."
  type        = string
  default     = ""
}

variable "interval" {
  description = "Minutes between two runs."
  type        = number
  default     = 360
}

variable "settings" {
  description = "Other settings of the function, by their variables: docs/configuration.md lists them."
  type        = map(string)
  default     = {}
}
