"""JSON Schemas, generated from the model, for editors and for whoever reads our output."""
