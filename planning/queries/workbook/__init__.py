"""The sales plan as a workbook or CSV file, and what a returned one would change."""
