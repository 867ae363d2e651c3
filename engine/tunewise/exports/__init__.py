"""Hands costs on to spreadsheets and to tools of finance: rows of cost lines under the names of FOCUS."""
