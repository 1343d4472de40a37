variable "size" { type = string }
variable "replicas" { type = number }
variable "zones" { type = list(string) }

resource "postgres_cluster" "this" {
  version        = "16"
  instance_class = var.size
  replica_count  = var.replicas
  zones          = var.zones
  archive_wal    = true
}
