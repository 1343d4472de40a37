package enum RepositoryEnginePlaceholder {}
