-- Names are matched by a key that knows no locale: as text_key() of the programs.
set search_path = htx;
select x as name, name_key(x) as key, name_key_bare(x) as bare from (values
  ('Xã Khoá'), ('XÃ  KHÓA '), (normalize('xã khóa', nfd)), ('Hoà Thắng'), ('Thuỷ - Tạ'),
  ('Phú Quý'), ('Hoằng Hoặng Hoậng'), ('ĐẶNG Ðình Ɖ'), (E'Ma\u00a0Li\u2013Pho'), ('ƯỜNG ỂM'), ('')) v (x);
select name_key('Lả Nhì Thàng') = name_key('Lản Nhì Thàng') as other_spelling,
  name_key('Thuận Quí') = name_key('Thuận Quý') as i_and_y,
  name_key('Pa Khoá') = name_key('Pa Khóa') as tone;
