variable "name" { type = string }
variable "versioning" { type = bool }
variable "object_lock_years" { type = number }
variable "access_log_bucket" { type = string }

resource "objectstore_bucket" "this" {
  name       = var.name
  versioning = var.versioning
  object_lock { mode = "COMPLIANCE" }
  logging { target = var.access_log_bucket }
}
